import { expect, test } from 'vitest';
import { GainRamp } from './gain-ramp.js';

/** The gain of each frame, taken in spans of at most `most`. */
function walk(ramp: GainRamp, frames: number, most: number): number[] {
  const gains: number[] = [];
  while (gains.length < frames) {
    const count = ramp.span(Math.min(most, frames - gains.length));
    for (let i = 0; i < count; i++) gains.push(ramp.value + i * ramp.step);
    ramp.advance(count);
  }
  return gains;
}

test('arrives exactly, after exactly so many frames, however it is cut', () => {
  for (const most of [1, 7, 64, 1000]) {
    const ramp = new GainRamp(0);
    ramp.aim(1, 480);
    const gains = walk(ramp, 600, most);
    expect(gains[0]).toBe(0);
    expect(gains[479]).toBeLessThan(1);
    expect(gains.slice(480)).toEqual(Array(120).fill(1));
    expect(ramp.moving).toBe(false);
    for (const [i, gain] of gains.slice(0, 480).entries()) expect(gain).toBeCloseTo(i / 480, 9);
  }
});

test('a new aim starts from wherever it is; none takes no time', () => {
  const ramp = new GainRamp(1);
  ramp.aim(0, 100);
  walk(ramp, 50, 64);
  expect(ramp.value).toBeCloseTo(0.5, 9);
  ramp.aim(1, 10);
  expect(walk(ramp, 11, 64).at(-1)).toBe(1);
  ramp.aim(0.25, 0);
  expect([ramp.value, ramp.moving]).toEqual([0.25, false]);
  ramp.aim(0.25, 100);
  expect(ramp.moving).toBe(false);
});
