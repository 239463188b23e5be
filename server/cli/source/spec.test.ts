import { describe, expect, test } from 'vitest';
import { parseRawSpec } from './spec.js';

describe('RATE:CHANNELS:FORMAT', () => {
  test('within the limits', () => {
    expect(parseRawSpec('48000:2:s16')).toEqual({ rate: 48000, channels: 2, format: 's16' });
    expect(parseRawSpec('8000:1:f32')).toEqual({ rate: 8000, channels: 1, format: 'f32' });
    expect(parseRawSpec('192000:8:s24')).toEqual({ rate: 192000, channels: 8, format: 's24' });
  });

  test.each([
    '',
    '48000',
    '48000:2',
    '48000:2:s8',
    '7999:2:s16',
    '192001:2:s16',
    '48000:0:s16',
    '48000:9:s16',
    '48e3:2:s16',
    ' 48000:2:s16',
    '48000:2:s16:',
  ])('not %j', (text) => {
    expect(parseRawSpec(text)).toBeUndefined();
  });
});
