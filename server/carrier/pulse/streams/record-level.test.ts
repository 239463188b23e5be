import { expect, test } from 'vitest';
import { scaleFrames } from './record-level.js';

const bytesOf = (values: Float32Array | Int16Array | Int32Array) => new Uint8Array(values.buffer);

test.each([
  ['s16', Int16Array.of(1000, -1000, 32_767, -32_768), Int16Array.of(500, -2000, 16_384, -32_768)],
  ['s32', Int32Array.of(1000, -1000, 2 ** 31 - 1, -(2 ** 31)), Int32Array.of(500, -2000, 2 ** 30, -(2 ** 31))],
  ['f32', Float32Array.of(0.5, -0.5, 1, -1), Float32Array.of(0.25, -1, 0.5, -2)],
] as const)('%s is scaled by channel, and clipped', (format, samples, scaled) => {
  const copy = samples.slice();
  scaleFrames(bytesOf(copy), { format, rate: 48_000, channels: 2 }, [0.5, 2]);
  expect(copy).toEqual(scaled);
});

test('s24 is scaled in its three bytes', () => {
  const bytes = Uint8Array.of(0xe8, 0x03, 0x00, 0x18, 0xfc, 0xff, 0xff, 0xff, 0x7f);
  scaleFrames(bytes, { format: 's24', rate: 48_000, channels: 1 }, [2]);
  expect(Array.from(bytes)).toEqual([0xd0, 0x07, 0x00, 0x30, 0xf8, 0xff, 0xff, 0xff, 0x7f]);
});
