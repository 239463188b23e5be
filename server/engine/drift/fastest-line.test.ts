import { describe, expect, test } from 'vitest';
import { FastestLine } from './fastest-line.js';

const RATE = 48_000;
const PACKET = 480;
const OFFSET_S = 0.06;

/** Repeatable and evenly spread over 0..1, in no order that a packet's number would show (the golden ratio's multiples). */
const spread = (n: number) => (n * 0.6180339887498949) % 1;

/** Notes packets `from`..`to` of a clock that is `ppm` slow, `jitterMs` late at most, and all of them `stepMs` more. */
function note(line: FastestLine, ppm: number, from: number, to: number, jitterMs: number, stepMs = 0): number {
  let worstPpm = 0;
  for (let n = from; n < to; n++) {
    const frame = n * PACKET;
    line.note(frame, timeNs(frame, ppm) + (jitterMs * spread(n) + stepMs) * 1e6);
    worstPpm = Math.max(worstPpm, Math.abs(ppmOf(line) - ppm));
  }
  return worstPpm;
}

const timeNs = (frame: number, ppm: number) => (OFFSET_S + (frame / RATE) * (1 + ppm * 1e-6)) * 1e9;
const ppmOf = (line: FastestLine) => ((line.nsPerFrame * RATE) / 1e9 - 1) * 1e6;

describe('the line of the fastest', () => {
  test.each([300, -300, 0])('has the clock’s rate to 2 ppm after 10 s of 3 ms jitter, at %i ppm', (ppm) => {
    const line = new FastestLine(RATE);
    note(line, ppm, 0, 1000, 3);
    expect(Math.abs(ppmOf(line) - ppm)).toBeLessThan(2);
    expect(note(line, ppm, 1000, 20_000, 3)).toBeLessThan(2);
    const lateMs = (line.timeNsOf(20_000 * PACKET) - timeNs(20_000 * PACKET, ppm)) / 1e6;
    expect(Math.abs(lateMs)).toBeLessThan(0.1);
  });

  test('a standstill that ends a slot is no point of the line', () => {
    const line = new FastestLine(RATE);
    note(line, 120, 0, 1000, 1);
    const frame = 1100 * PACKET;
    line.resume(frame, timeNs(frame, 120) + 300e6);
    expect(note(line, 120, 1101, 1400, 1, 300)).toBeLessThan(2);
  });

  test('goes on from where its clock stood still, at the same rate', () => {
    const line = new FastestLine(RATE);
    note(line, 120, 0, 1000, 1);
    const frame = 1000 * PACKET;
    expect(line.resume(frame, timeNs(frame, 120) + 300e6) / 1e6).toBeCloseTo(300, 0);
    expect(note(line, 120, 1001, 3000, 1, 300)).toBeLessThan(2);
    expect((line.timeNsOf(frame) - timeNs(frame, 120)) / 1e6).toBeCloseTo(300, 0);
  });

  test('a standstill before all else is a beginning', () => {
    const line = new FastestLine(RATE);
    expect(line.resume(0, 5e9)).toBe(0);
    expect(line.timeNsOf(RATE)).toBe(6e9);
  });

  test('frame and time are each other’s inverse', () => {
    const line = new FastestLine(RATE);
    note(line, 120, 0, 1000, 1);
    expect(line.frameAt(line.timeNsOf(123_456))).toBeCloseTo(123_456, 3);
    expect(line.frameRate).toBeCloseTo(1e9 / line.nsPerFrame, 6);
  });

  test('says how late a packet is', () => {
    const line = new FastestLine(RATE);
    note(line, 0, 0, 1000, 0);
    expect(line.note(1000 * PACKET, timeNs(1000 * PACKET, 0) + 7e6) / 1e6).toBeCloseTo(7, 3);
  });

  test.each([50, -50, 1, -1])('takes a step of %i ms within 4 s, and its rate stays', (stepMs) => {
    const line = new FastestLine(RATE);
    note(line, 100, 0, 4000, 0.5);
    expect(note(line, 100, 4000, 4400, 0.5, stepMs)).toBeLessThan(2);
    const lateMs = (line.timeNsOf(4400 * PACKET) - timeNs(4400 * PACKET, 100)) / 1e6;
    expect(Math.abs(lateMs - stepMs)).toBeLessThan(0.2);
  });

  test.each([
    ['unknown clock', undefined, 20],
    ['clock that was told', { skew: -20e-6, error: 2e-6 }, 5],
  ])('a queue that drains while it is begun is no clock that runs fast: %s', (_, told, limitPpm) => {
    const line = new FastestLine(RATE);
    if (told) line.expect(told);
    for (let n = 0; n < 6000; n++) {
      const queuedMs = 100 * Math.exp(-n / 300);
      line.note(n * PACKET, timeNs(n * PACKET, -20) + (queuedMs + 20 * spread(n)) * 1e6);
    }
    expect(Math.abs(ppmOf(line) + 20)).toBeLessThan(limitPpm);
  });

  test('what no clock could be is not followed', () => {
    const line = new FastestLine(RATE);
    expect(note(line, -5000, 0, 800, 1)).toBeCloseTo(5000, 0);
    expect(ppmOf(line)).toBeCloseTo(0, 5);
  });

  test('is not led astray by packets lost, doubled or in another order', () => {
    const line = new FastestLine(RATE);
    for (let n = 0; n < 6000; n++) {
      // Every seventh lost, every third twice, every fifth overtaken by eight others.
      const at = n % 5 === 0 && n >= 8 ? n - 8 : n;
      if (at % 7 === 0) continue;
      const frame = at * PACKET;
      const cameNs = timeNs(n * PACKET, -80) + spread(n) * 1e6;
      for (let times = n % 3 === 0 ? 2 : 1; times > 0; times--) line.note(frame, cameNs);
    }
    expect(Math.abs(ppmOf(line) + 80)).toBeLessThan(1);
  });

  test('says how well it knows the rate', () => {
    const line = new FastestLine(RATE);
    note(line, 120, 0, 300, 20);
    expect(Math.abs(ppmOf(line) - 120)).toBeLessThan(3 * line.skew.error * 1e6);
    const early = line.skew.error;
    note(line, 120, 300, 6000, 20);
    expect(line.skew.error).toBeLessThan(early / 20);
    expect(line.skew.error * 1e6).toBeLessThan(3);
  });

  test('what is known of its clock counts more than a few late pairs', () => {
    const line = new FastestLine(RATE);
    line.expect({ skew: 297e-6, error: 1e-6 });
    note(line, 300, 0, 500, 20);
    expect(Math.abs(ppmOf(line) - 297)).toBeLessThan(1);
  });

  test.each([0.1, 3])(
    'what is said of its clock is not believed where pairs of %f ms jitter say otherwise',
    (jitterMs) => {
      const line = new FastestLine(RATE);
      line.expect({ skew: -900e-6, error: 0 });
      note(line, 300, 0, 2000, jitterMs);
      line.expect({ skew: 5, error: 1e-9 });
      expect(note(line, 300, 2000, 6000, jitterMs)).toBeLessThan(3);
    },
  );

  test('begun anew it still knows the rate', () => {
    const line = new FastestLine(RATE);
    note(line, 250, 0, 3000, 5);
    line.reset();
    expect(line.empty).toBe(true);
    expect(note(line, 250, 9000, 9500, 5)).toBeLessThan(5);
  });

  test('never leaves the range of clocks', () => {
    const line = new FastestLine(RATE);
    for (let n = 0; n < 3000; n++) line.note(n * PACKET, timeNs(n * PACKET, 50_000));
    expect(Math.abs(ppmOf(line))).toBeLessThanOrEqual(1001);
  });
});
