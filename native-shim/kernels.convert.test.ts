import { describe, expect, test } from 'vitest';
import { copyFrames, FORMAT_CODE, fromFloat, toFloat, zeroFrames } from './kernels.js';
import {
  at,
  block,
  decode,
  encode,
  fillRandom,
  FLOAT_BOUND,
  FORMATS,
  LENGTHS,
  randomFrom,
  SAMPLE_BYTES,
  SCALE,
} from './kernels.fixture.js';

const INTEGERS = ['s16', 's24', 's32'] as const;
const HOSTILE = [NaN, -NaN, Infinity, -Infinity, 3e38, -3e38, 16.5, -16.5, 1e-45, -0, 1, -1];

test('loading the kernels leaves denormals to JavaScript', () => {
  const tiny = new Float64Array([Number.MIN_VALUE, 1]);
  expect(at(tiny, 0) * at(tiny, 1)).toBe(5e-324);
  const tinyFloat = new Float32Array([2 ** -149]);
  expect(Math.fround(at(tinyFloat, 0) * 1)).toBe(2 ** -149);
});

describe.each(FORMATS)('%s', (format) => {
  const bytes = SAMPLE_BYTES[format];
  const code = FORMAT_CODE[format];

  test.each(LENGTHS)(
    '%i random samples become the reference float, at any offset, and nothing beside them is touched',
    (length) => {
      const src = block((length + 5) * bytes);
      fillRandom(src.bytes, randomFrom(length));
      const dst = block((length + 8) * 4);
      dst.floats.fill(77);
      toFloat(dst.address, 3, src.address, 5, code, 1, length);
      const expected = Array.from({ length }, (_, i) => decode(src, format, 5 + i));
      expect([...dst.floats.subarray(3, 3 + length)]).toEqual(expected);
      expect([...dst.floats.subarray(0, 3), ...dst.floats.subarray(3 + length, length + 8)]).toEqual(Array(8).fill(77));
    },
  );

  test('offsets count frames of all channels', () => {
    const src = block(6 * 4 * bytes);
    fillRandom(src.bytes, randomFrom(6));
    const dst = block(6 * 4 * 4);
    toFloat(dst.address, 2, src.address, 1, code, 6, 2);
    expect([...dst.floats.subarray(12, 24)]).toEqual(Array.from({ length: 12 }, (_, i) => decode(src, format, 6 + i)));
  });

  test('no frames are nothing', () => {
    const dst = block(64);
    toFloat(dst.address, 0, dst.address, 0, code, 1, 0);
    toFloat(dst.address, 0, dst.address, 0, code, 1, -1);
    fromFloat(dst.address, 0, dst.address, 0, code, 1, -1, null);
    expect(dst.floats.every((x) => x === 0)).toBe(true);
  });
});

test('a stranger’s floats are freed of NaN and bounded', () => {
  const src = block(HOSTILE.length * 4);
  src.floats.set(HOSTILE);
  const dst = block(HOSTILE.length * 4);
  toFloat(dst.address, 0, src.address, 0, FORMAT_CODE.f32, 1, HOSTILE.length);
  const B = FLOAT_BOUND;
  expect([...dst.floats]).toEqual([0, 0, B, -B, B, -B, B, -B, Math.fround(1e-45), -0, 1, -1]);
});

describe.each(INTEGERS)('to %s', (format) => {
  const code = FORMAT_CODE[format];
  const bytes = SAMPLE_BYTES[format];
  const integerAt = (from: ReturnType<typeof block>, i: number): number => decode(from, format, i) * SCALE[format];

  test.each(LENGTHS)('%i random floats round to nearest and saturate', (length) => {
    const random = randomFrom(length);
    const src = block((length + 2) * 4);
    src.floats.forEach((_, i) => (src.floats[i] = (random() - 0.5) * 2.4));
    const dst = block((length + 2) * bytes);
    dst.bytes.fill(0x5a);
    fromFloat(dst.address, 1, src.address, 2, code, 1, length, null);
    for (let i = 0; i < length; i++) {
      expect(integerAt(dst, 1 + i)).toBe(Math.fround(encode(at(src.floats, 2 + i), format)));
    }
    expect([...dst.bytes.subarray(0, bytes), ...dst.bytes.subarray((length + 1) * bytes)]).toEqual(
      Array(2 * bytes).fill(0x5a),
    );
  });

  test('hostile floats saturate, NaN is silence', () => {
    const src = block(HOSTILE.length * 4);
    src.floats.set(HOSTILE);
    const dst = block(HOSTILE.length * bytes);
    fromFloat(dst.address, 0, src.address, 0, code, 1, HOSTILE.length, null);
    const [high, low] = [Math.fround(SCALE[format] - 1), -SCALE[format]];
    const expected = [0, 0, high, low, high, low, high, low, 0, 0, high, low];
    expect(expected.map((_, i) => integerAt(dst, i))).toEqual(expected);
    if (format === 's32') expect(dst.view.getInt32(10 * 4, true)).toBe(2 ** 31 - 1);
  });
});

test.each(['s16', 's24'] as const)('%s goes to float and back unchanged', (format) => {
  const length = 65536 + 3;
  const bytes = SAMPLE_BYTES[format];
  const src = block(length * bytes);
  fillRandom(src.bytes, randomFrom(1));
  if (format === 's16') for (let i = 0; i < 65536; i++) src.view.setUint16(2 * i, i, true);
  const floats = block(length * 4);
  const back = block(length * bytes);
  toFloat(floats.address, 0, src.address, 0, FORMAT_CODE[format], 1, length);
  fromFloat(back.address, 0, floats.address, 0, FORMAT_CODE[format], 1, length, null);
  expect(Buffer.compare(back.bytes, src.bytes)).toBe(0);
});

test('f32 leaves as it is, headroom included', () => {
  const src = block(12);
  src.floats.set([2.5, -0, 1e-40]);
  const dst = block(12);
  fromFloat(dst.address, 0, src.address, 0, FORMAT_CODE.f32, 3, 1, null);
  expect(Buffer.compare(dst.bytes, src.bytes)).toBe(0);
});

describe.each(['s16', 's24'] as const)('dither to %s', (format) => {
  const length = 200_000;
  const src = block(length * 4);
  const dst = block(length * SAMPLE_BYTES[format]);
  const state = block(4);

  // TPDF makes the total error independent of the signal: mean 0, variance 1/6 of the noise and 1/12 of the rounding.
  test.each([0, 0.25, 0.5, 0.77, -20_000.25])(
    'at %d LSB the error has mean 0 and variance 1/4, and no memory',
    (lsb) => {
      src.floats.fill(lsb / SCALE[format]);
      fromFloat(dst.address, 0, src.address, 0, FORMAT_CODE[format], 1, length, state.address);
      const errors = Array.from({ length }, (_, i) => decode(dst, format, i) * SCALE[format] - lsb);
      const mean = errors.reduce((sum, e) => sum + e, 0) / length;
      const variance = errors.reduce((sum, e) => sum + e * e, 0) / length - mean ** 2;
      const successive = errors.reduce((sum, e, i) => sum + e * (errors[i - 1] ?? 0), 0) / length;
      expect(Math.abs(mean)).toBeLessThan(0.006);
      expect(variance).toBeGreaterThan(0.245);
      expect(variance).toBeLessThan(0.255);
      expect(Math.abs(successive)).toBeLessThan(0.006);
      expect(Math.max(...errors.slice(0, 50_000).map(Math.abs))).toBeLessThanOrEqual(1.5);
    },
  );

  test('the state moves on, so that no two quanta get the same noise', () => {
    src.floats.fill(0);
    state.view.setUint32(0, 0xffffff00, true);
    fromFloat(dst.address, 0, src.address, 0, FORMAT_CODE[format], 1, 512, state.address);
    const first = Buffer.from(dst.bytes.subarray(0, 1024));
    expect(state.view.getUint32(0, true)).toBe(256);
    fromFloat(dst.address, 0, src.address, 0, FORMAT_CODE[format], 1, 512, state.address);
    expect(first.equals(dst.bytes.subarray(0, 1024))).toBe(false);
  });
});

test('frames are copied, overlapping too, and zeroed', () => {
  const memory = block(16);
  memory.bytes.set(Array.from({ length: 16 }, (_, i) => i));
  copyFrames(memory.address, 1, memory.address, 0, 3, 4);
  expect([...memory.bytes]).toEqual([0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15]);
  zeroFrames(memory.address, 2, 3, 2);
  expect([...memory.bytes]).toEqual([0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 9, 10, 11, 15]);
});
