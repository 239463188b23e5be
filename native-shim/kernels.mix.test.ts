import { describe, expect, test } from 'vitest';
import { applyChannelGain, applyGain, FORMAT_CODE, measure, mix, remap } from './kernels.js';
import {
  at,
  block,
  blockOf,
  decode,
  fillRandom,
  FORMATS,
  LENGTHS,
  mixReference,
  randomFrom,
  SAMPLE_BYTES,
} from './kernels.fixture.js';

/** Largest error a float sum of a few bounded terms may have. */
const TOLERANCE = 3e-5;

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = TOLERANCE): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(at(actual, i) - at(expected, i)));
  expect(worst).toBeLessThan(tolerance);
}

/** Random bytes hold floats whose squares no float can hold: these may read as nothing. */
function expectMeter(actual: Float32Array, expected: readonly number[]): void {
  actual.forEach((value, i) => {
    expect(Math.abs(value - at(expected, i))).toBeLessThanOrEqual(at(expected, i) * 1e-4 + 1e-35);
  });
}

function randomMatrix(rows: number, columns: number, random: () => number): number[] {
  return Array.from({ length: rows * columns }, () => (random() < 0.3 ? 0 : Math.fround(random() * 2 - 1)));
}

describe.each(FORMATS)('mixing %s', (format) => {
  const code = FORMAT_CODE[format];

  test.each(LENGTHS)('%i frames of 1 to 8 channels match the reference', (frames) => {
    const random = randomFrom(frames);
    for (let channels = 1; channels <= 8; channels++) {
      for (const mixChannels of new Set([channels, 1, 2, 8])) {
        const src = block((frames + 1) * channels * SAMPLE_BYTES[format]);
        fillRandom(src.bytes, random);
        const values = channels === mixChannels && random() < 0.5 ? null : randomMatrix(mixChannels, channels, random);
        const matrix = values && blockOf(values);
        const out = block((frames + 2) * mixChannels * 4);
        out.floats.forEach((_, i) => (out.floats[i] = random() - 0.5));
        const expected = Float64Array.from(out.floats);
        const meter = block(channels * 8);
        const [gain, gainStep] = random() < 0.5 ? [0.5, 0] : [0.25, 2 ** -14];
        const expectedMeter = mixReference({
          mix: expected.subarray(mixChannels, (frames + 1) * mixChannels),
          mixChannels,
          samples: (frame, channel) => decode(src, format, (frame + 1) * channels + channel),
          ...{ channels, frames, matrix: values, gain, gainStep },
        });
        const matrixAddress = matrix ? matrix.address : null;
        mix(
          out.address,
          1,
          mixChannels,
          src.address,
          1,
          code,
          channels,
          frames,
          matrixAddress,
          gain,
          gainStep,
          meter.address,
        );
        expectClose(out.floats, expected, format === 'f32' ? 1e-4 : TOLERANCE);
        expectMeter(meter.floats, expectedMeter);
      }
    }
  });

  test('at unity gain into silence the samples are exact', () => {
    const src = block(514 * SAMPLE_BYTES[format]);
    fillRandom(src.bytes, randomFrom(9));
    const out = block(514 * 4);
    mix(out.address, 0, 2, src.address, 0, code, 2, 257, null, 1, 0, null);
    const expected = Array.from({ length: 514 }, (_, i) => decode(src, format, i) + 0);
    expect([...out.floats]).toEqual(expected);
  });
});

test('a hostile float stream cannot put NaN or more than ±16 into the mix', () => {
  const src = blockOf([NaN, Infinity, -Infinity, 3e38]);
  const out = block(16);
  const meter = block(16);
  mix(out.address, 0, 2, src.address, 0, FORMAT_CODE.f32, 2, 2, null, 1, 0, meter.address);
  expect([...out.floats]).toEqual([0, 16, -16, 16]);
  expect([...meter.floats]).toEqual([16, 256, 16, 512]);
});

test('mono goes to both sides by the matrix’s levels', () => {
  const src = blockOf([0.5, -0.25, 1]);
  const matrix = blockOf([0.5, 0.25]);
  const out = block(24);
  mix(out.address, 0, 2, src.address, 0, FORMAT_CODE.f32, 1, 3, matrix.address, 1, 0, null);
  expect([...out.floats]).toEqual([0.25, 0.125, -0.125, -0.0625, 0.5, 0.25]);
});

test('a ramp in many calls is the ramp in one', () => {
  for (const channels of [1, 2, 3, 6, 8]) {
    const frames = 1200;
    const src = block(frames * channels * 4);
    src.floats.fill(1);
    const [whole, parts] = [block(frames * channels * 4), block(frames * channels * 4)];
    const step = 1 / frames;
    mix(whole.address, 0, channels, src.address, 0, FORMAT_CODE.f32, channels, frames, null, 0, step, null);
    for (let done = 0; done < frames; done += 75) {
      mix(
        parts.address,
        done,
        channels,
        src.address,
        done,
        FORMAT_CODE.f32,
        channels,
        75,
        null,
        done * step,
        step,
        null,
      );
    }
    expectClose(parts.floats, whole.floats, 1e-6);
    for (let i = channels; i < whole.floats.length; i++) {
      expect(Math.abs(at(whole.floats, i) - at(whole.floats, i - channels) - step)).toBeLessThan(1e-6);
    }
    src.floats.fill(1);
    applyGain(src.address, 0, channels, frames, 0, step);
    expectClose(src.floats, whole.floats, 1e-6);
  }
});

test('gain touches its span only, and unity changes nothing', () => {
  const random = randomFrom(3);
  const buffer = blockOf(Array.from({ length: 30 }, () => random() - 0.5));
  const before = [...buffer.floats];
  applyGain(buffer.address, 0, 2, 15, 1, 0);
  expect([...buffer.floats]).toEqual(before);
  applyGain(buffer.address, 4, 2, 3, 0.5, 0);
  expect([...buffer.floats]).toEqual(before.map((x, i) => (i >= 8 && i < 14 ? x * 0.5 : x)));
});

test('the gain of one channel touches that channel of its span only', () => {
  const buffer = blockOf(Array.from({ length: 30 }, () => 1));
  applyChannelGain(buffer.address, 2, 3, 1, 4, 0.5, 0.125);
  const expected = Array<number>(30).fill(1);
  for (let i = 0; i < 4; i++) expected[(2 + i) * 3 + 1] = 0.5 + i * 0.125;
  expect([...buffer.floats]).toEqual(expected);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'the meter of %i channels keeps its peak and adds its power over calls',
  (channels) => {
    const random = randomFrom(channels);
    const frames = 301;
    const src = blockOf(Array.from({ length: frames * channels }, () => random() * 2 - 1));
    const meter = block(channels * 8);
    measure(meter.address, src.address, 0, channels, 100);
    measure(meter.address, src.address, 100, channels, 201);
    for (let channel = 0; channel < channels; channel++) {
      const own = [...src.floats].filter((_, i) => i % channels === channel);
      expect(at(meter.floats, 2 * channel)).toBe(Math.max(...own.map(Math.abs)));
      expect(at(meter.floats, 2 * channel + 1)).toBeCloseTo(
        own.reduce((sum, x) => sum + x * x, 0),
        3,
      );
    }
  },
);

test('remap writes over what was there, by matrix or as it is', () => {
  const surround = blockOf([1, 0.5, 0.25, 0, 0.125, 0.0625]);
  const matrix = blockOf([1, 0, 0.5, 0, 0.25, 0, 0, 1, 0.5, 0, 0, 0.25]);
  const stereo = blockOf([9, 9, 9, 9]);
  remap(stereo.address, 1, 2, surround.address, 0, 6, 1, matrix.address);
  expect([...stereo.floats]).toEqual([9, 9, 1.15625, 0.640625]);
  remap(stereo.address, 0, 2, stereo.address, 1, 2, 1, null);
  expect([...stereo.floats]).toEqual([1.15625, 0.640625, 1.15625, 0.640625]);
});
