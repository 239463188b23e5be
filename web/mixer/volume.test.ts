import { describe, expect, test } from 'vitest';
import { decibelsOf, decibelText, percent, positionAfterKey } from './volume.js';

describe('the volume curve', () => {
  test('is the cube of the position: unity stays, half is an eighth', () => {
    for (const position of [0.1, 0.5, 1, 1.3])
      expect(decibelsOf(position)).toBeCloseTo(20 * Math.log10(position ** 3), 9);
    expect(decibelsOf(0)).toBe(-Infinity);
  });

  test('in words', () => {
    expect([decibelsOf(1), decibelsOf(0.5), decibelsOf(1.5), decibelsOf(0)].map(decibelText)).toEqual([
      '0.0 dB',
      '−18.1 dB',
      '+10.6 dB',
      '−∞ dB',
    ]);
    expect(decibelText(-0.01)).toBe('0.0 dB');
    expect(percent(0.754)).toBe('75 %');
  });
});

describe('the keys of a fader', () => {
  test('step, page, and both ends', () => {
    expect(positionAfterKey(0.5, 'ArrowUp')).toBeCloseTo(0.51);
    expect(positionAfterKey(0.5, 'ArrowLeft')).toBeCloseTo(0.49);
    expect(positionAfterKey(0.5, 'PageUp')).toBeCloseTo(0.6);
    expect(positionAfterKey(0.5, 'Home')).toBe(0);
    expect(positionAfterKey(0.5, 'End')).toBe(1.5);
    expect(positionAfterKey(0.5, 'Tab')).toBeUndefined();
  });

  test('never leave the range', () => {
    expect(positionAfterKey(0, 'PageDown')).toBe(0);
    expect(positionAfterKey(1.5, 'ArrowRight')).toBe(1.5);
  });
});
