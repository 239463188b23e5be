import { describe, expect, test } from 'vitest';
import { CONTROL } from '../../native-shim/ring-layout.js';
import { controlWords } from '../mempool/ring-memory.js';
import { StatusReader, emptyStatus } from '../mempool/ring.js';
import { STREAM_STATE } from './blocks.js';
import { LOOK_AHEAD_FRAMES } from './limits.js';
import { largestStep, MixerBench, sine, steady, toFloats } from './mixer.fixture.js';

const STEREO = { format: 'f32', rate: 48_000, channels: 2 } as const;
const MONO = { format: 'f32', rate: 48_000, channels: 1 } as const;
/** A ramp of 10 ms over full scale moves by 1/480 a frame; the sine itself by 2π·440/48000 of its level. */
const RAMP_STEP = 1 / 480;

describe('a stream’s life', () => {
  test('waits for its start threshold, plays, and rests while paused', () => {
    const bench = new MixerBench(STEREO, 128);
    const stream = bench.play(STEREO, { startFrames: 256 });
    stream.writer.write(steady(255, 2, 0.5));
    expect(toFloats(bench.render(2), 'f32').every((sample) => sample === 0)).toBe(true);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.filling, frames: 0, fillFrames: 255 });
    stream.writer.write(steady(4000, 2, 0.5));
    bench.render(1);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.playing, frames: 128, started: 1 });
    bench.mixer.take({ kind: 'pause', slot: stream.slot, paused: true });
    bench.render(10);
    const paused = stream.reading();
    expect(paused.state).toBe(STREAM_STATE.paused);
    bench.render(10);
    expect(stream.reading().frames).toBe(paused.frames);
    bench.mixer.take({ kind: 'pause', slot: stream.slot, paused: false });
    bench.render(1);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.playing, frames: paused.frames + 128, underruns: 0 });
  });

  test('an underrun is counted once, for as long as it lasts, and ends at the start threshold', () => {
    const bench = new MixerBench(STEREO, 128);
    const stream = bench.play(STEREO, { startFrames: 256 });
    stream.writer.write(steady(300, 2, 0.5));
    bench.render(4); // 128, 128, 44 and 84 missing, 128 missing
    expect(stream.reading()).toMatchObject({
      state: STREAM_STATE.starved,
      underruns: 1,
      starvedFrames: 84 + 128,
      frames: 300,
    });
    stream.writer.write(steady(255, 2, 0.5));
    bench.render(1);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.starved, underruns: 1, frames: 300 });
    stream.writer.write(steady(257, 2, 0.5));
    bench.render(2);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.playing, underruns: 1, frames: 556, started: 2 });
  });

  test('a drain is done when the last frame has left the device, not before', () => {
    const bench = new MixerBench(STEREO, 128);
    bench.deviceDelayFrames = 1000;
    const stream = bench.play(STEREO);
    stream.writer.write(steady(200, 2, 0.5));
    bench.mixer.take({ kind: 'drain', slot: stream.slot });
    bench.render(2);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.draining, frames: 200, drained: 0, underruns: 0 });
    // 256 mixed + the look-ahead must have left a device that holds 1000: 1288 mixed.
    bench.render(8); // the last one begins at 1152
    expect(stream.reading().drained).toBe(0);
    bench.render(2);
    expect(stream.reading()).toMatchObject({ drained: 1, state: STREAM_STATE.filling });
    bench.render(20);
    expect(stream.reading().drained).toBe(1);
  });

  test.each([STEREO, { ...STEREO, rate: 44_100 }])('skips what was thrown away, fading, at $rate Hz', (spec) => {
    const bench = new MixerBench(STEREO, 512);
    const stream = bench.play(spec, { startFrames: 1 });
    stream.writer.write(steady(4000, 2, 0.5));
    bench.render(2);
    bench.mixer.take({ kind: 'skip', slot: stream.slot, frame: stream.writer.frames });
    stream.writer.write(steady(4000, 2, 0.25));
    const heard = toFloats(bench.render(4), 'f32');
    // Neither a step at the seam nor anything of the old sound behind it.
    expect(largestStep(heard, 2)).toBeLessThan(RAMP_STEP);
    expect(heard.slice(-1024).every((sample) => Math.abs(sample - 0.25) < 1e-3)).toBe(true);
    expect(stream.reading()).toMatchObject({ state: STREAM_STATE.playing, underruns: 0 });
    expect(stream.reading().frames).toBeGreaterThan(4000);
  });

  test('what is skipped while it rests is never heard', () => {
    const bench = new MixerBench(STEREO, 128);
    const stream = bench.play(STEREO, { startFrames: 1, paused: true });
    stream.writer.write(steady(1000, 2, 0.5));
    bench.render(2);
    bench.mixer.take({ kind: 'skip', slot: stream.slot, frame: 1000 });
    bench.render(1);
    expect(stream.reading()).toMatchObject({ frames: 1000, fillFrames: 0, state: STREAM_STATE.paused });
  });

  test('a balance scales each channel, and even is as it was', () => {
    const bench = new MixerBench(STEREO, 128);
    const stream = bench.play(STEREO, { startFrames: 1 });
    bench.mixer.take({ kind: 'balance', slot: stream.slot, gains: [1, 0.25] });
    stream.writer.write(steady(4000, 2, 0.5));
    const [left, right] = toFloats(bench.render(4), 'f32').slice(-2);
    expect([left, right]).toEqual([0.5, 0.125]);
    bench.mixer.take({ kind: 'balance', slot: stream.slot, gains: [1, 1] });
    expect(Array.from(toFloats(bench.render(4), 'f32').slice(-2))).toEqual([0.5, 0.5]);
  });

  test('draining nothing is done at once, and is no start', () => {
    const bench = new MixerBench(STEREO, 128);
    const stream = bench.play(STEREO);
    bench.mixer.take({ kind: 'drain', slot: stream.slot });
    bench.render(3);
    expect(stream.reading()).toMatchObject({ drained: 1, started: 0 });
  });

  test('a resampled drain gives out what the filter holds', () => {
    for (const rate of [44_100, 8000, 192_000]) {
      const bench = new MixerBench(MONO, 128);
      const stream = bench.play({ ...MONO, rate }, { startFrames: 64 });
      const frames = Math.round(rate / 10);
      stream.writer.write(steady(frames, 1, 0.5));
      bench.mixer.take({ kind: 'drain', slot: stream.slot });
      const heard = toFloats(bench.render(60), 'f32');
      expect(stream.reading()).toMatchObject({ drained: 1, underruns: 0, frames });
      const sounding = heard.filter((sample) => sample > 0.25).length;
      // An edge lies between two frames of the stream.
      expect(Math.abs(sounding - 4800)).toBeLessThanOrEqual(Math.max(2, 48_000 / rate));
    }
  });

  test('a drain of 192 kHz in 8 channels at the longest quantum stays within its memory', () => {
    const spec = { format: 'f32', rate: 192_000, channels: 8 } as const;
    const bench = new MixerBench({ ...spec, rate: 8000 }, 4096);
    const stream = bench.play(spec, { startFrames: 64 }, 2 ** 17);
    stream.writer.write(steady(1000, 8, 0.5));
    bench.mixer.take({ kind: 'drain', slot: stream.slot });
    const heard = toFloats(bench.render(4), 'f32');
    expect(stream.reading().drained).toBe(1);
    expect(heard.filter((sample) => Math.abs(sample) > 0.01).length).toBeLessThan(8 * 60);
  });

  test('what is written while it drains is played too', () => {
    const bench = new MixerBench(STEREO, 128);
    const stream = bench.play({ ...STEREO, rate: 44_100 });
    stream.writer.write(steady(130, 2, 0.5));
    bench.mixer.take({ kind: 'drain', slot: stream.slot });
    bench.render(1);
    stream.writer.write(steady(1000, 2, 0.5));
    bench.render(30);
    expect(stream.reading()).toMatchObject({ frames: 1130, drained: 1 });
  });

  test('counters that cannot be silence the stream, once and for good', () => {
    const bench = new MixerBench(STEREO, 128);
    const stream = bench.play(STEREO);
    const other = bench.play(STEREO);
    stream.writer.write(steady(1024, 2, 0.5));
    other.writer.write(steady(4096, 2, 0.25));
    bench.render(2);
    Atomics.store(controlWords(stream.memory), CONTROL.written, -5);
    const heard = toFloats(bench.render(4), 'f32').slice(2 * LOOK_AHEAD_FRAMES);
    expect(new Set(heard)).toEqual(new Set([0.25]));
    expect(stream.reading().corrupt).toBe(true);
    bench.mixer.take({ kind: 'detach', slot: stream.slot });
    bench.render(1);
    expect(stream.reading().released).toBe(1);
  });

  test('it goes on from where another thread left off', () => {
    const bench = new MixerBench(STEREO, 128);
    const first = bench.play(STEREO);
    first.writer.write(steady(1000, 2, 0.5));
    bench.render(3);
    const second = bench.play(STEREO, { memory: first.memory, frames: first.reading().frames, fadeIn: true });
    expect(second.reading().frames).toBe(384);
    bench.mixer.take({ kind: 'detach', slot: first.slot });
    bench.render(1);
    expect(second.reading().frames).toBe(512);
  });

  test('the status page says when the next frame is heard', () => {
    const bench = new MixerBench(STEREO, 128);
    bench.deviceDelayFrames = 480;
    const stream = bench.play(STEREO);
    stream.writer.write(steady(4096, 2, 0.5));
    bench.render(5);
    const status = emptyStatus();
    expect(new StatusReader(stream.memory).read(status)).toBe(true);
    // Frame 640 waits behind the quantum just mixed, the limiter and the device.
    expect(status).toMatchObject({ frame: 640, delayFrames: 128 + 32 + 480, quantumFrames: 128, state: 2 });
    expect(stream.reading().latencyFrames).toBe(4096 - 640 + 640);
  });
});

describe('no clicks: no two neighbouring samples differ by more than a ramp and the tone itself', () => {
  const level = 0.5;
  const toneStep = (2 * Math.PI * 440 * level) / 48_000;
  const bound = toneStep + level * RAMP_STEP * 1.1;

  function playing(rate = 48_000) {
    const bench = new MixerBench(MONO, 128);
    const stream = bench.play({ ...MONO, rate });
    stream.writer.write(sine(48_000, 1, 440, rate, level));
    bench.render(4);
    return { bench, stream };
  }

  test.each([
    ['pause', { kind: 'pause', paused: true }],
    ['mute', { kind: 'gain', gain: 0 }],
    ['a fader', { kind: 'gain', gain: 0.3 }],
    ['move or close', { kind: 'detach' }],
  ] as const)('%s', (_name, order) => {
    for (const rate of [48_000, 44_100]) {
      const { bench, stream } = playing(rate);
      bench.mixer.take({ slot: stream.slot, ...order });
      expect(largestStep(toFloats(bench.render(12), 'f32'), 1)).toBeLessThan(bound);
    }
  });

  test('resume, unmute and arriving elsewhere', () => {
    const { bench, stream } = playing();
    bench.mixer.take({ kind: 'pause', slot: stream.slot, paused: true });
    bench.render(10);
    bench.mixer.take({ kind: 'pause', slot: stream.slot, paused: false });
    expect(largestStep(toFloats(bench.render(10), 'f32'), 1)).toBeLessThan(bound);
    bench.mixer.take({ kind: 'gain', slot: stream.slot, gain: 0 });
    bench.render(10);
    bench.mixer.take({ kind: 'gain', slot: stream.slot, gain: 1 });
    expect(largestStep(toFloats(bench.render(10), 'f32'), 1)).toBeLessThan(bound);
    const moved = new MixerBench(MONO, 128);
    moved.play(MONO, { memory: stream.memory, frames: stream.reading().frames, fadeIn: true });
    expect(largestStep(toFloats(moved.render(10), 'f32'), 1)).toBeLessThan(bound);
  });

  test('the output’s own fader and mute', () => {
    const { bench } = playing();
    for (const gain of [0.2, 1, 0, 1]) {
      bench.mixer.take({ kind: 'output-gain', gains: [gain] });
      expect(largestStep(toFloats(bench.render(8), 'f32'), 1)).toBeLessThan(bound);
    }
  });

  test.each([128, 1, 0, 77])('an underrun with %i frames left, of a tone and of a steady level', (left) => {
    // A fade within one quantum of 128 frames.
    const fade = level / 128;
    for (const rate of [48_000, 44_100, 96_000]) {
      for (const sound of [sine(1024 + left, 1, 440, rate, level), steady(1024 + left, 1, level)]) {
        const bench = new MixerBench(MONO, 128);
        const stream = bench.play({ ...MONO, rate }, { startFrames: 512 });
        stream.writer.write(sound);
        const heard = toFloats(bench.render(16), 'f32');
        expect(stream.reading()).toMatchObject({ underruns: 1, frames: 1024 + left });
        const from = LOOK_AHEAD_FRAMES + 64; // the steady level's own sharp start
        expect(largestStep(heard, 1, from)).toBeLessThan(toneStep + fade * 1.2);
        expect(heard.slice(-128).every((sample) => sample === 0)).toBe(true);
      }
    }
  });

  test('the start is sharp, and so is a fader moved before it', () => {
    const bench = new MixerBench(MONO, 128);
    const stream = bench.play(MONO, { startFrames: 128 });
    bench.mixer.take({ kind: 'gain', slot: stream.slot, gain: 0.5 });
    stream.writer.write(steady(1024, 1, 0.5));
    expect(toFloats(bench.render(2), 'f32').slice(LOOK_AHEAD_FRAMES, 200)).toEqual(Array(200 - 32).fill(0.25));
  });
});
