import { expect, test } from 'vitest';
import { chooseQuantum } from '../../../policy/quantum.js';
import { engineWishUs, grantedUs, playbackWishUs } from './latency-wish.js';

const RATE = 48_000;
const quantumUs = (deviceUs: number, wishUs = engineWishUs(deviceUs)) => {
  const wantedFrames = [Math.floor((wishUs * RATE) / 1e6)];
  return (chooseQuantum({ wantedFrames, realtime: true, limitFrames: 4096 }) * 1e6) / RATE;
};

test.each([2500, 5000, 20_000, 80_000])(
  'a device latency of %i µs is nearly a quantum, and told as it was asked for',
  (us) => {
    expect(quantumUs(us)).toBeLessThanOrEqual(us * 1.1);
    expect(grantedUs(us, quantumUs(us))).toBe(us);
  },
);

test.each([
  [1250, 1333],
  [2500, 2667],
  [5000, 10_667],
  [10_000, 10_667],
  [20_000, 21_333],
])('playback with a device latency of %i µs has a quantum of %i µs', (deviceUs, us) => {
  expect(Math.round(quantumUs(deviceUs, playbackWishUs(deviceUs)))).toBe(us);
});

test('playback is told what it asked for, though its quantum is relaxed', () => {
  expect(grantedUs(5000, 10_667, playbackWishUs(5000))).toBe(5000);
  expect(grantedUs(5000, 21_333, playbackWishUs(5000))).toBe(21_333);
});

test('where the output’s quantum is longer, that is told', () => {
  expect(grantedUs(2500, 5333)).toBe(5333);
});

test('a wish stays within what the engine takes', () => {
  expect([engineWishUs(0), engineWishUs(10_000_000)]).toEqual([1000, 200_000]);
});
