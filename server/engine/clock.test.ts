import { expect, test } from 'vitest';
import { DeviceClock } from './clock.js';

const RATE = 48_000;

/** Quanta of 480 frames of a device that runs `ppm` fast, seen with `jitterNs` of noise. */
function run(
  clock: DeviceClock,
  seconds: number,
  ppm: number,
  jitterNs: number,
  startFrames = 0,
  startNs = 1e12,
): void {
  let noise = 12_345;
  for (let frames = 0; frames < seconds * RATE; frames += 480) {
    noise = (noise * 1_103_515_245 + 12_345) % 2 ** 31;
    const lateNs = (noise / 2 ** 31) * jitterNs;
    clock.update(startFrames + frames, startNs + (frames * 1e9) / (RATE * (1 + ppm / 1e6)) + lateNs);
  }
}

test.each([0, 50, -120])('measures a device that is %i ppm off through 1 ms of noise', (ppm) => {
  const clock = new DeviceClock(RATE);
  run(clock, 120, ppm, 1e6);
  expect(Math.abs(clock.rate / RATE - 1 - ppm / 1e6)).toBeLessThan(10e-6);
});

test('says when a frame is played to within a fraction of the noise', () => {
  const clock = new DeviceClock(RATE);
  run(clock, 30, 0, 1e6);
  const meanLateNs = 0.5e6;
  expect(Math.abs(clock.timeNsOf(30 * RATE) - (1e12 + 30e9 + meanLateNs))).toBeLessThan(0.2e6);
  expect(clock.framesUntil(31 * RATE, 1e12 + 30e9 + meanLateNs)).toBeGreaterThan(RATE - 20);
  expect(clock.framesUntil(0, 1e12 + 30e9)).toBe(0);
});

test('a jump of the device is followed at once', () => {
  const clock = new DeviceClock(RATE);
  run(clock, 10, 0, 0);
  run(clock, 1, 0, 0, 10 * RATE, 1e12 + 60e9);
  expect(Math.abs(clock.timeNsOf(11 * RATE) - (1e12 + 61e9))).toBeLessThan(1e5);
  run(clock, 1, 0, 0, 0, 1e12 + 70e9); // a device that starts anew counts from zero
  expect(Math.abs(clock.timeNsOf(RATE) - (1e12 + 71e9))).toBeLessThan(1e5);
});
