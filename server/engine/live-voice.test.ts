import { describe, expect, test } from 'vitest';
import { emptyPlayState, emptySenderState, LiveSenderEnd } from '../mempool/live-block.js';
import { STREAM_STATE } from './blocks.js';
import { largestStep, MixerBench, type Playing, toFloats } from './mixer.fixture.js';
import { chirpResidueDb } from './sine-fit.fixture.js';

const RATE = 48_000;
const MONO = { format: 'f32', rate: RATE, channels: 1 } as const;
const QUANTUM = 256;
const PACKET = 480;
const HZ = 997;
const LEVEL = 0.5;
/** What the resampler looks ahead. */
const HELD = 33;
/** From one sample of the tone to the next, at most. */
const TONE_STEP = (2 * Math.PI * HZ * LEVEL) / RATE;

/** A sender with a clock of its own that plays a tone; its packets come at once, and its line is known exactly. */
class Sender {
  targetFrames = 960;
  /** Nothing comes while the network is out; the sender goes on, and what it sent is lost. */
  outage = false;
  readonly end: LiveSenderEnd;
  readonly #stream: Playing;
  readonly #startNs: number;
  readonly #line = emptySenderState();
  #frames = 0;

  constructor(
    readonly bench: MixerBench,
    readonly ppm: number,
    wish: Parameters<MixerBench['play']>[1] = {},
  ) {
    this.#startNs = bench.nowNs;
    this.#stream = bench.play(MONO, { live: true, ...wish });
    this.end = new LiveSenderEnd(this.#stream.memory);
  }

  get slot(): number {
    return this.#stream.slot;
  }

  reading() {
    return this.#stream.reading();
  }

  play() {
    const play = emptyPlayState();
    expect(this.end.hear(play)).toBe(true);
    return play;
  }

  /** So many quanta of the device, as floats. */
  render(quanta: number): number[] {
    const heard: number[] = [];
    for (let i = 0; i < quanta; i++) {
      this.#send();
      for (const sample of toFloats(this.bench.render(1), 'f32')) heard.push(sample);
    }
    return heard;
  }

  #send(): void {
    const line = this.#line;
    line.nsPerFrame = 1e9 / (RATE * (1 + this.ppm * 1e-6));
    while (this.#startNs + (this.#frames + PACKET) * line.nsPerFrame <= this.bench.nowNs) {
      if (!this.outage) this.#stream.writer.write(this.#tone());
      this.#frames += PACKET;
    }
    line.anchorFrame = this.#stream.writer.frames;
    line.anchorTimeNs = this.#startNs + this.#frames * line.nsPerFrame;
    line.targetFrames = this.targetFrames;
    this.end.tell(line);
  }

  #tone(): Buffer {
    const frames = Float32Array.from(
      { length: PACKET },
      (_, i) => LEVEL * Math.sin((2 * Math.PI * HZ * (this.#frames + i)) / RATE),
    );
    return Buffer.from(frames.buffer);
  }
}

const quantaOf = (seconds: number) => Math.round((seconds * RATE) / QUANTUM);

describe('a live stream', () => {
  test('begins at its target to the frame: what is older is skipped, once', () => {
    const bench = new MixerBench(MONO, QUANTUM);
    const sender = new Sender(bench, 0, { paused: true });
    sender.render(40);
    bench.mixer.take({ kind: 'pause', slot: sender.slot, paused: false });
    sender.render(20);
    expect(sender.reading()).toMatchObject({ state: STREAM_STATE.playing, started: 1, underruns: 0 });
    const { latencyFrames, skippedFrames } = sender.play();
    expect(Math.abs(latencyFrames - sender.targetFrames - QUANTUM - HELD)).toBeLessThan(2);
    expect(skippedFrames).toBeGreaterThan(5000);
  });

  test('waits while nothing is known of its sender', () => {
    const bench = new MixerBench(MONO, QUANTUM);
    const stream = bench.play(MONO, { live: true });
    stream.writer.write(Buffer.alloc(4 * 8000, 1));
    bench.render(50);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.filling, frames: 0, latencyFrames: 0 });
  });

  test.each([123, -300])('holds its distance at %i ppm, and not a sample is lost or doubled', (ppm) => {
    const bench = new MixerBench(MONO, QUANTUM);
    const sender = new Sender(bench, ppm);
    sender.render(quantaOf(2));
    const heard = sender.render(quantaOf(8));
    const { driftPpm, latencyFrames } = sender.play();
    expect(Math.abs(driftPpm - ppm)).toBeLessThan(1);
    expect(Math.abs(latencyFrames - sender.targetFrames - QUANTUM - HELD)).toBeLessThan(10);
    expect(sender.reading()).toMatchObject({ underruns: 0, starvedFrames: 0 });
    expect(chirpResidueDb(heard, HZ / RATE, 4800)).toBeLessThan(-90);
  });

  test('glides to another target, both ways, without a click', () => {
    const bench = new MixerBench(MONO, QUANTUM);
    const sender = new Sender(bench, 50);
    sender.render(quantaOf(1));
    for (const targetFrames of [1440, 960]) {
      sender.targetFrames = targetFrames;
      const begun = sender.render(quantaOf(1));
      expect(Math.abs(sender.play().driftPpm - 50)).toBeLessThan(5);
      const heard = [...begun, ...sender.render(quantaOf(13))];
      // Windows so short that the moment where a glide begins does not count as distortion.
      expect(chirpResidueDb(heard, HZ / RATE, 960)).toBeLessThan(-90);
      expect(Math.abs(sender.play().latencyFrames - targetFrames - QUANTUM - HELD)).toBeLessThan(10);
    }
    expect(sender.reading().underruns).toBe(0);
  });

  test('goes on at its target after an outage, faded on both sides', () => {
    const bench = new MixerBench(MONO, QUANTUM);
    const sender = new Sender(bench, 20);
    sender.render(quantaOf(1));
    sender.outage = true;
    const out = sender.render(quantaOf(2));
    expect(sender.reading()).toMatchObject({ state: STREAM_STATE.starved, underruns: 1 });
    sender.outage = false;
    const back = sender.render(quantaOf(0.3));
    expect(sender.reading()).toMatchObject({ state: STREAM_STATE.playing, underruns: 1, started: 2 });
    expect(Math.abs(sender.play().latencyFrames - sender.targetFrames - QUANTUM - HELD)).toBeLessThan(10);
    // Fades of 10 ms add their own slope to the tone's; the one at the start of silence takes a quantum at most.
    expect(largestStep([...out, ...back], 1)).toBeLessThan(TONE_STEP + (1.5 * LEVEL) / QUANTUM);
  });

  test('is no later after its device stood still: what was to be heard meanwhile is past', () => {
    const bench = new MixerBench(MONO, QUANTUM);
    const sender = new Sender(bench, 20);
    sender.render(quantaOf(1));
    bench.standStill(300);
    sender.render(quantaOf(0.5));
    expect(Math.abs(sender.play().latencyFrames - sender.targetFrames - QUANTUM - HELD)).toBeLessThan(10);
    expect(sender.play().skippedFrames).toBeGreaterThan(14_000);
  });

  test('drains what is there, and says so', () => {
    const bench = new MixerBench(MONO, QUANTUM);
    const sender = new Sender(bench, 20);
    sender.render(quantaOf(0.5));
    sender.outage = true;
    bench.mixer.take({ kind: 'drain', slot: sender.slot });
    sender.render(quantaOf(0.5));
    expect(sender.reading()).toMatchObject({ drained: 1, underruns: 0 });
    expect(sender.play().latencyFrames).toBe(0);
  });
});
