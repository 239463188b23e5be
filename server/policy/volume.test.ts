import { expect, test } from 'vitest';
import { defaultOutput } from './default-output.js';
import { gainOfVolume, isVolume, VOLUME_MAX } from './volume.js';

test('unity is exactly unity, nothing is silence, and the fader’s end is +10.6 dB', () => {
  expect([gainOfVolume(0), gainOfVolume(1)]).toEqual([0, 1]);
  expect(20 * Math.log10(gainOfVolume(VOLUME_MAX))).toBeCloseTo(10.57, 2);
});

test('only numbers from 0 to 1.5 are volumes', () => {
  for (const volume of [0, 1e-9, 1, 1.5]) expect(isVolume(volume)).toBe(true);
  for (const volume of [-0.001, 1.5001, NaN, Infinity, -Infinity]) expect(isVolume(volume)).toBe(false);
});

test('the default output is the preferred one while it lives, else the first that does', () => {
  const [a, b] = [
    { name: 'a', lost: false, microphone: false },
    { name: 'b', lost: false, microphone: false },
  ];
  expect(defaultOutput([a, b], undefined)).toBe(a);
  expect(defaultOutput([a, b], 'b')).toBe(b);
  expect(defaultOutput([a, { ...b, lost: true }], 'b')).toBe(a);
  expect(defaultOutput([{ ...a, lost: true }, b], undefined)).toBe(b);
  expect(defaultOutput([{ ...a, lost: true }], 'a')).toBeUndefined();
  const phone = { name: 'phone', lost: false, microphone: true };
  expect(defaultOutput([phone, a], undefined)).toBe(a);
  expect(defaultOutput([phone, a], 'phone')).toBe(phone);
  expect(defaultOutput([phone, { ...a, lost: true }], 'a')).toBeUndefined();
});
