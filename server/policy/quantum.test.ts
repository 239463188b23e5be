import { expect, test } from 'vitest';
import { chooseQuantum } from './quantum.js';

const usual = { wantedFrames: [] as number[], realtime: true, limitFrames: 4096 };

test('without a wish it is 512', () => {
  expect(chooseQuantum(usual)).toBe(512);
  expect(chooseQuantum({ ...usual, wantedFrames: [0, 0] })).toBe(512);
});

test('it is the largest 64·2^k of which two fit into the smallest wish', () => {
  for (let wish = 1; wish < 20_000; wish += 37) {
    const quantum = chooseQuantum({ ...usual, wantedFrames: [0, wish, wish + 1000] });
    expect(Math.log2(quantum / 64) % 1).toBe(0);
    if (quantum > 64) expect(2 * quantum).toBeLessThanOrEqual(wish);
    if (quantum < 4096) expect(4 * quantum).toBeGreaterThan(wish);
  }
});

test('without real time it is 256 at least', () => {
  expect(chooseQuantum({ ...usual, realtime: false, wantedFrames: [128] })).toBe(256);
  expect(chooseQuantum({ ...usual, realtime: false, wantedFrames: [2048] })).toBe(1024);
});

test('the device’s buffer bounds it, below every floor', () => {
  expect(chooseQuantum({ ...usual, wantedFrames: [48_000], limitFrames: 600 })).toBe(512);
  expect(chooseQuantum({ ...usual, realtime: false, limitFrames: 130 })).toBe(128);
});

test('a fixed one stays what was given, whatever is wished, as far as the device allows', () => {
  expect(chooseQuantum({ ...usual, wantedFrames: [64], realtime: false, fixedFrames: 100 })).toBe(100);
  expect(chooseQuantum({ ...usual, fixedFrames: 4096, limitFrames: 1024 })).toBe(1024);
});
