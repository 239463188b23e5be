import { describe, expect, test } from 'vitest';
import { HASTE } from '../../../server/stream/jitter/haste.js';
import { CHANNELS, LISTEN_LIMITS, RATE } from '../limits.js';
import { Playout, type Schedule } from './playout.js';

const QUANTUM = 128;
const PACKET = 240;
const TARGET = 1000;
const HZ = 440;

const sine = (frame: number): number => 0.5 * Math.sin((2 * Math.PI * HZ * frame) / RATE);
const packet = (frame: number, frames = PACKET): Float32Array =>
  Float32Array.from({ length: CHANNELS * frames }, (_, i) => sine(frame + Math.floor(i / CHANNELS)));

/** A line on which the packet that ends at `streamFrame` is there when `contextFrame` is asked for. */
const schedule = (options: Partial<Schedule> = {}): Schedule => ({
  contextFrame: 0,
  streamFrame: 0,
  rates: 1,
  targetFrames: TARGET,
  ...options,
});

interface Weather {
  /** Frames of the context by which packet `i` comes late; Infinity: never. */
  readonly lateness?: (packet: number) => number;
  readonly schedule?: (contextFrame: number) => Schedule;
  readonly contextRate?: number;
  readonly haste?: number;
}

/** Runs `quanta` quanta; packets come when they are whole, and later as the weather wills. */
function run(
  quanta: number,
  { lateness = () => 0, schedule: at = () => schedule(), contextRate = RATE, haste = HASTE.music }: Weather = {},
) {
  const playout = new Playout(CHANNELS, contextRate, haste);
  const heard: number[] = [];
  const delays: number[] = [];
  const steps = RATE / contextRate;
  const waiting = new Set<number>();
  let made = 0;
  for (let frame = 0; frame < quanta * QUANTUM; frame += QUANTUM) {
    const now = at(frame);
    const line = now.streamFrame + (frame - now.contextFrame) * now.rates * steps;
    for (; (made + 1) * PACKET <= line; made++) waiting.add(made);
    for (const i of waiting) {
      if ((i + 1) * PACKET + lateness(i) > line) continue;
      waiting.delete(i);
      playout.write(i * PACKET, packet(i * PACKET), now);
    }
    const output = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
    playout.read(output, frame);
    expect(output[1]).toEqual(output[0]);
    heard.push(...(output[0] ?? []));
    delays.push(playout.delayFrames(frame + QUANTUM) ?? 0);
  }
  return { playout, heard, delays };
}

const largestStep = (samples: readonly number[]): number =>
  samples.slice(1).reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i] ?? 0))), 0);
const SINE_STEP = 0.5 * ((2 * Math.PI * HZ) / RATE);
const longestSilence = (samples: readonly number[]): number => {
  let [longest, now] = [0, 0];
  for (const sample of samples) longest = Math.max(longest, (now = Math.abs(sample) < 1e-6 ? now + 1 : 0));
  return longest;
};

describe('what is heard of packets', () => {
  test('begins at the target and keeps it; every frame is heard once', () => {
    const { playout, heard, delays } = run(1000);
    const target = playout.targetFrames(QUANTUM);
    expect(delays.slice(100).every((delay) => Math.abs(delay - target) < 1)).toBe(true);
    const begin = heard.findIndex((sample) => sample !== 0);
    expect(begin).toBeLessThan(target + QUANTUM);
    expect(largestStep(heard)).toBeLessThan(1.05 * SINE_STEP);
    expect(playout.counts).toMatchObject({
      concealedFrames: 0,
      underruns: 0,
      lostFrames: 0,
      skippedFrames: 0,
      latePackets: 0,
    });
    expect(playout.counts.playedFrames).toBeGreaterThan(1000 * QUANTUM - begin - QUANTUM);
  });

  test('packets in another order and twice do no harm', () => {
    const { playout, heard } = run(1000, { lateness: (i) => (i * 7919) % (TARGET - PACKET) });
    expect(playout.counts).toMatchObject({ concealedFrames: 0, lostFrames: 0, latePackets: 0 });
    expect(largestStep(heard)).toBeLessThan(1.05 * SINE_STEP);
    const { playout: again } = run(100);
    again.write(0, packet(0), schedule());
    expect(again.counts.latePackets).toBe(1);
  });

  test('a lost packet is made up for, at its length: the delay stays', () => {
    const { playout, heard, delays } = run(1000, { lateness: (i) => (i % 100 === 50 ? Infinity : 0) });
    expect(playout.counts.lostFrames).toBe(5 * PACKET);
    expect(playout.counts.concealedFrames).toBe(5 * PACKET);
    expect(playout.counts.underruns).toBe(0);
    expect(largestStep(heard)).toBeLessThan(1.3 * SINE_STEP);
    expect(Math.abs((delays.at(-1) ?? 0) - playout.targetFrames(QUANTUM))).toBeLessThan(2);
  });

  test('late packets make the delay grow at once, are heard, and it shrinks without a cut', () => {
    const lateFrames = TARGET + 800;
    const { playout, heard, delays } = run(8000, {
      lateness: (i) => (i >= 100 && i < 120 ? lateFrames - (i - 100) * PACKET : 0),
    });
    const target = playout.targetFrames(QUANTUM);
    expect(Math.max(...delays.slice(100))).toBeGreaterThan(target + 300);
    expect(Math.abs((delays.at(-1) ?? 0) - target)).toBeLessThan(50);
    expect(playout.counts).toMatchObject({ underruns: 1, lostFrames: 0, skippedFrames: 0, latePackets: 0 });
    expect(largestStep(heard)).toBeLessThan(1.3 * SINE_STEP);
  });

  test.each([2, 5])('after an outage of %i s it is at the live edge within 300 ms', (outageS) => {
    const [from, until] = [200, 200 + (outageS * RATE) / PACKET];
    // All that was held up comes at once when the network is back, as over TCP.
    const { playout, heard, delays } = run(400 + (outageS + 2) * 375, {
      lateness: (i) => (i >= from && i < until ? (until - i) * PACKET : 0),
    });
    const back = until * PACKET;
    const silence = heard.slice(from * PACKET, back + 0.3 * RATE);
    expect(longestSilence(silence)).toBeGreaterThan((outageS - 0.3) * RATE);
    expect(longestSilence(heard.slice(back + 0.3 * RATE))).toBeLessThan(20);
    const target = playout.targetFrames(QUANTUM);
    expect(Math.abs((delays.at(-1) ?? 0) - target)).toBeLessThan(2);
    expect(largestStep(heard)).toBeLessThan(1.3 * SINE_STEP);
    expect(playout.counts.skippedFrames).toBeGreaterThan(0);
    expect(playout.counts.underruns).toBe(1);
  });

  test('a context that stood still goes on at the live edge, without a step', () => {
    const jump = 2 * LISTEN_LIMITS.jumpFrames;
    const { playout, heard, delays } = run(1000, {
      schedule: (frame) => schedule({ streamFrame: frame > 500 * QUANTUM ? jump : 0 }),
    });
    expect(playout.counts.skippedFrames).toBeGreaterThan(jump / 2);
    expect(Math.abs((delays.at(-1) ?? 0) - playout.targetFrames(QUANTUM))).toBeLessThan(2);
    expect(largestStep(heard)).toBeLessThan(1.5 * SINE_STEP);
  });

  test('a target that grows is reached by reading slower, one that shrinks by reading faster', () => {
    const shrinking = (frame: number) => schedule({ targetFrames: frame < 6000 * QUANTUM ? TARGET + 480 : TARGET });
    const { playout, heard, delays } = run(12_000, { schedule: shrinking });
    expect(delays[5999]).toBeGreaterThan((delays.at(-1) ?? 0) + 400);
    expect(run(6100, { schedule: shrinking }).playout.driftPpm).toBe(0);
    expect(largestStep(heard)).toBeLessThan(1.05 * SINE_STEP);
    expect(playout.counts).toMatchObject({ concealedFrames: 0, lostFrames: 0 });
  });

  test('talk is back at its target sooner than music', () => {
    const quantaBack = (haste: number): number => {
      const shrinking = (frame: number) => schedule({ targetFrames: frame < 3000 * QUANTUM ? TARGET + 960 : TARGET });
      const { playout, delays } = run(12_000, { schedule: shrinking, haste });
      const target = playout.targetFrames(QUANTUM);
      return delays.findIndex((delay, at) => at > 3000 && Math.abs(delay - target) < 48) - 3000;
    };
    expect(quantaBack(HASTE.talk)).toBeLessThan(quantaBack(HASTE.music) / 2);
  });

  test.each([44_100, 96_000])('a context at %i Hz hears the same', (contextRate) => {
    const { playout, heard } = run(1000, { contextRate });
    expect(playout.counts).toMatchObject({ concealedFrames: 0, lostFrames: 0, underruns: 0 });
    expect(largestStep(heard)).toBeLessThan((1.05 * SINE_STEP * RATE) / contextRate);
  });

  test('a stream that begins anew is played from wherever it begins', () => {
    const { playout } = run(100);
    playout.reset();
    expect(playout.playing).toBe(false);
    for (let i = 0; i < 10; i++)
      playout.write(i * PACKET, packet(i * PACKET), schedule({ contextFrame: 0, streamFrame: 2400 }));
    const output = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
    playout.read(output, 0);
    expect(playout.playing).toBe(true);
    expect(playout.counts.skippedFrames).toBeGreaterThan(0);
  });
});
