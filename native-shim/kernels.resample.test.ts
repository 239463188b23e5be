import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import { FORMAT_CODE, PULL_FRAMES_MAX, resampler } from './kernels.js';
import { at, type Block, block, blockOf, fitSine, randomFrom, RATIO_RANGE } from './kernels.fixture.js';
import type { Address } from './library.js';

function resamplerOf(channels: number, srcRate: number, dstRate: number): Address {
  const made = resampler.create(channels, srcRate, dstRate);
  if (made === null) throw new Error('no resampler');
  return made;
}

/** Pulls `frames` frames in spans of `span()`, each fed with what it needs from `src` in pushes of `portion()`. */
function pullAll(
  r: Address,
  src: Block,
  dst: Block,
  frames: number,
  span: () => number,
  portion = () => Infinity,
): void {
  let [taken, done] = [0, 0];
  while (done < frames) {
    const now = Math.min(span(), frames - done);
    for (let need = resampler.need(r, now); need > 0; need = resampler.need(r, now)) {
      taken += resampler.push(r, src.address, taken, FORMAT_CODE.f32, Math.min(portion(), need));
    }
    expect(resampler.pull(r, dst.address, done, now)).toBe(now);
    done += now;
  }
}

function sine(frames: number, hz: number, rate: number, amplitude = 0.5): number[] {
  return Array.from({ length: frames }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rate));
}

/** The fit of a resampled sine, away from the start, and its level against what went in. */
function quality(hz: number, srcRate: number, dstRate: number, ppm = 0) {
  const frames = 12_000;
  const ratio = (srcRate / dstRate) * (1 + ppm * 1e-6);
  const src = blockOf(sine(Math.ceil(frames * ratio) + 2000, hz, srcRate));
  const dst = block(frames * 4);
  const r = resamplerOf(1, srcRate, dstRate);
  resampler.setRatio(r, ratio);
  resampler.reset(r);
  pullAll(r, src, dst, frames, () => 480);
  resampler.free(r);
  const { amplitude, snrDb } = fitSine(dst.floats.subarray(2000), (hz * ratio) / srcRate);
  return { snrDb, levelDb: 20 * Math.log10(amplitude / 0.5) };
}

describe('quality', () => {
  const flat = [
    ...[1000, 10_000, 15_000, 19_000].map((hz) => [hz, 44_100, 48_000, 0] as const),
    ...[1000, 10_000, 15_000, 19_000].map((hz) => [hz, 44_100, 48_000, 123] as const),
    ...[1000, 10_000, 15_000, 19_000].map((hz) => [hz, 48_000, 44_100, 0] as const),
    ...[1000, 10_000, 20_000].map((hz) => [hz, 48_000, 48_000, -500] as const),
    ...[1000, 20_000].map((hz) => [hz, 96_000, 48_000, 0] as const),
    ...[1000, 3000].map((hz) => [hz, 192_000, 8000, 0] as const),
    ...[1000, 3000].map((hz) => [hz, 8000, 192_000, 0] as const),
  ];
  test.each(flat)('%i Hz from %i to %i Hz at %i ppm: clean to 110 dB and level', (hz, srcRate, dstRate, ppm) => {
    const { snrDb, levelDb } = quality(hz, srcRate, dstRate, ppm);
    expect(snrDb).toBeGreaterThan(110);
    expect(Math.abs(levelDb)).toBeLessThan(0.1);
  });

  test.each([
    [30_000, 96_000, 48_000],
    [5000, 192_000, 8000],
  ])('%i Hz, which %i to %i Hz cannot keep, is gone', (hz, srcRate, dstRate) => {
    expect(quality(hz, srcRate, dstRate).levelDb).toBeLessThan(-100);
    const src = blockOf(sine(100_000, hz, srcRate));
    const dst = block(4000 * 4);
    const r = resamplerOf(1, srcRate, dstRate);
    pullAll(r, src, dst, 3000, () => 500);
    resampler.free(r);
    expect(Math.max(...dst.floats.subarray(1000, 3000).map(Math.abs))).toBeLessThan(1e-5);
  });

  test('silence is silence and a constant is a constant, in every phase', () => {
    const src = blockOf(Array<number>(3000).fill(0.75));
    const dst = block(2000 * 4);
    const r = resamplerOf(1, 44_100, 48_000);
    pullAll(r, src, dst, 2000, () => 100);
    resampler.free(r);
    expect(Math.max(...dst.floats.subarray(100).map((x) => Math.abs(x - 0.75)))).toBeLessThan(1e-6);
  });
});

function loadSoxr(): ReturnType<typeof koffi.load> | null {
  try {
    return koffi.load('libsoxr.so.0');
  } catch {
    return null;
  }
}

type Peer = (input: Float32Array, srcRate: number, dstRate: number) => Float32Array;

const SOXR_VHQ = 6;

/** soxr_oneshot (soxr.h) at its best quality, or null where libsoxr is not installed. */
function soxr(): Peer | null {
  const library = loadSoxr();
  if (!library) return null;
  koffi.struct('soxr_quality_spec_t', {
    ...{ precision: 'double', phaseResponse: 'double', passbandEnd: 'double', stopbandBegin: 'double' },
    ...{ e: 'void *', flags: 'unsigned long' },
  });
  const qualitySpec = library.func('soxr_quality_spec_t soxr_quality_spec(unsigned long recipe, unsigned long flags)');
  const oneshot = library.func(
    'const char *soxr_oneshot(double srcRate, double dstRate, unsigned int channels, const void *src, size_t srcFrames, ' +
      'size_t *taken, void *dst, size_t dstFrames, size_t *made, void *io, const soxr_quality_spec_t *quality, void *runtime)',
  );
  const quality: unknown = qualitySpec(SOXR_VHQ, 0);
  return (src, srcRate, dstRate) => {
    const dst = new Float32Array(Math.ceil((src.length * dstRate) / srcRate));
    const made = new BigUint64Array(1);
    const lengths = [src.length, dst.length] as const;
    const error: unknown = oneshot(
      srcRate,
      dstRate,
      1,
      src,
      lengths[0],
      null,
      dst,
      lengths[1],
      made,
      null,
      quality,
      null,
    );
    if (error !== null) throw new Error('soxr_oneshot refused');
    return dst.subarray(0, Number(made[0]));
  };
}

const peer = soxr();
describe.skipIf(peer === null)('against soxr (skipped where libsoxr.so.0 cannot be loaded: install libsoxr0)', () => {
  test.each([
    [44_100, 48_000],
    [48_000, 44_100],
    [96_000, 48_000],
    [22_050, 48_000],
  ])('%i to %i Hz gives the same samples at the same times', (srcRate, dstRate) => {
    const random = randomFrom(srcRate);
    // Above this the pass bands begin to differ: ours rolls off by 0.0003 dB at 0.8.
    const top = 0.7 * (Math.min(srcRate, dstRate) / 2);
    const tones = Array.from({ length: 40 }, () => sine(srcRate / 2, random() * top, srcRate, 0.02));
    const src = blockOf(
      Array.from({ length: srcRate / 2 }, (_, i) => tones.reduce((sum, tone) => sum + at(tone, i), 0)),
    );
    const expected = peer ? peer(src.floats, srcRate, dstRate) : [];
    const frames = dstRate / 2 - 2000;
    const dst = block(frames * 4);
    const r = resamplerOf(1, srcRate, dstRate);
    pullAll(r, src, dst, frames, () => 512);
    resampler.free(r);
    let [signal, difference] = [0, 0];
    for (let i = 2000; i < frames; i++) {
      signal += at(expected, i) ** 2;
      difference += (at(dst.floats, i) - at(expected, i)) ** 2;
    }
    expect(10 * Math.log10(signal / difference)).toBeGreaterThan(110);
  });
});

describe('streaming', () => {
  test.each([
    [1, 44_100, 48_000],
    [2, 48_000, 44_100],
    [3, 192_000, 8000],
    [8, 8000, 192_000],
  ])(
    '%i channels, %i to %i Hz: however pushes and pulls are split, the output is the same',
    (channels, srcRate, dstRate) => {
      const random = randomFrom(channels);
      const frames = 2 * PULL_FRAMES_MAX;
      const src = blockOf(
        Array.from({ length: (Math.ceil((frames * srcRate) / dstRate) + 4000) * channels }, () => random() - 0.5),
      );
      const outputs = [() => PULL_FRAMES_MAX, () => 1 + Math.floor(random() * 300)].map((span, i) => {
        const dst = block(frames * channels * 4);
        const r = resamplerOf(channels, srcRate, dstRate);
        pullAll(r, src, dst, frames, span, i === 0 ? undefined : () => 1 + Math.floor(random() * 5000));
        resampler.free(r);
        return Buffer.from(dst.bytes);
      });
      expect(outputs[0]?.equals(outputs[1] ?? Buffer.alloc(0))).toBe(true);
    },
  );

  test('channels do not leak into each other', () => {
    const src = blockOf(Array.from({ length: 500 * 8 }, (_, i) => (i % 8) / 8));
    const dst = block(400 * 8 * 4);
    const r = resamplerOf(8, 44_100, 48_000);
    pullAll(r, src, dst, 400, () => 64);
    resampler.free(r);
    for (let channel = 0; channel < 8; channel++) expect(at(dst.floats, 399 * 8 + channel)).toBeCloseTo(channel / 8, 6);
  });

  test('input converts from any format, from an offset', () => {
    const dst = block(64 * 4);
    const made = [FORMAT_CODE.s16, FORMAT_CODE.f32].map((format) => {
      const src = block(400 * 4);
      for (let i = 0; i < 300; i++) {
        if (format === FORMAT_CODE.s16) src.view.setInt16(2 * (i + 50), 100 * i, true);
        else src.view.setFloat32(4 * (i + 50), (100 * i) / 32768, true);
      }
      const r = resamplerOf(1, 44_100, 48_000);
      resampler.push(r, src.address, 50, format, 300);
      resampler.pull(r, dst.address, 0, 64);
      resampler.free(r);
      return [...dst.floats];
    });
    expect(made[0]).toEqual(made[1]);
  });

  test('a stranger’s NaN and infinity end where the filter does', () => {
    const src = blockOf([NaN, Infinity, 3e38, ...Array<number>(600).fill(0)]);
    const dst = block(500 * 4);
    const r = resamplerOf(1, 44_100, 48_000);
    pullAll(r, src, dst, 500, () => 100);
    resampler.free(r);
    expect(dst.floats.every(Number.isFinite)).toBe(true);
    expect(dst.floats.subarray(100).every((x) => x === 0)).toBe(true);
  });

  test('it takes what fits, makes what it has input for, and need is exact', () => {
    for (const [srcRate, dstRate] of [
      [44_100, 48_000],
      [192_000, 8000],
      [8000, 192_000],
    ] as const) {
      const src = block(200_000 * 4);
      const dst = block(2 * PULL_FRAMES_MAX * 4);
      const r = resamplerOf(1, srcRate, dstRate);
      expect(resampler.pull(r, dst.address, 0, 100)).toBe(0);
      for (const frames of [1, 7, 480, PULL_FRAMES_MAX]) {
        const need = resampler.need(r, frames);
        if (need > 0) {
          expect(resampler.push(r, src.address, 0, FORMAT_CODE.f32, need - 1)).toBe(need - 1);
          expect(resampler.need(r, frames)).toBe(1);
          expect(resampler.push(r, src.address, 0, FORMAT_CODE.f32, 1)).toBe(1);
        }
        expect(resampler.need(r, frames)).toBe(0);
        expect(resampler.pull(r, dst.address, 0, frames)).toBe(frames);
      }
      const taken = resampler.push(r, src.address, 0, FORMAT_CODE.f32, 200_000);
      expect(taken).toBeLessThan(200_000);
      expect(resampler.push(r, src.address, 0, FORMAT_CODE.f32, 1)).toBe(0);
      expect(resampler.push(r, src.address, 0, FORMAT_CODE.f32, -1)).toBe(0);
      expect(resampler.pull(r, dst.address, 0, 2 * PULL_FRAMES_MAX)).toBeLessThanOrEqual(PULL_FRAMES_MAX);
      expect(resampler.pull(r, dst.address, 0, -1)).toBe(0);
      resampler.free(r);
    }
  });

  test('delay counts the input that is not heard yet', () => {
    const src = block(4000);
    const dst = block(4000);
    const r = resamplerOf(1, 44_100, 48_000);
    expect(resampler.delay(r)).toBe(0);
    resampler.push(r, src.address, 0, FORMAT_CODE.f32, 500);
    expect(resampler.delay(r)).toBe(500);
    resampler.pull(r, dst.address, 0, 160);
    expect(resampler.delay(r)).toBeCloseTo(500 - 147, 6);
    resampler.reset(r);
    expect(resampler.delay(r)).toBe(0);
    resampler.free(r);
  });
});

describe('ratio', () => {
  const hz = 1000;
  const rate = 48_000;

  test('a change is a glide: no step in level or slope', () => {
    const src = blockOf(sine(20_000, hz, rate));
    const dst = block(9600 * 4);
    const r = resamplerOf(1, rate, rate);
    let taken = 0;
    for (let span = 0; span < 20; span++) {
      resampler.setRatio(r, span % 2 === 0 ? 1.02 : 0.98);
      taken += resampler.push(r, src.address, taken, FORMAT_CODE.f32, resampler.need(r, 480));
      expect(resampler.need(r, 480)).toBe(0);
      expect(resampler.pull(r, dst.address, span * 480, 480)).toBe(480);
    }
    resampler.free(r);
    const steepest = 0.5 * ((2 * Math.PI * hz * 1.0205) / rate) ** 2;
    for (let i = 102; i < 9600; i++) {
      const bend = at(dst.floats, i) - 2 * at(dst.floats, i - 1) + at(dst.floats, i - 2);
      expect(Math.abs(bend)).toBeLessThan(steepest * 1.01);
    }
  });

  test('it is bounded around the nominal one, and nonsense is not taken', () => {
    const src = block(PULL_FRAMES_MAX * 2 * 4);
    const dst = block(PULL_FRAMES_MAX * 4);
    const consumed = (ratio: number): number => {
      const r = resamplerOf(1, rate, rate);
      resampler.setRatio(r, ratio);
      resampler.reset(r);
      const frames = resampler.push(r, src.address, 0, FORMAT_CODE.f32, resampler.need(r, 4001));
      resampler.pull(r, dst.address, 0, 4001);
      resampler.free(r);
      return frames - 33;
    };
    expect(consumed(1)).toBe(4000);
    for (const nonsense of [NaN, 0, -1, -Infinity]) expect(consumed(nonsense)).toBe(4000);
    expect(consumed(1.5)).toBe(4000 * (1 + RATIO_RANGE));
    expect(consumed(Infinity)).toBe(4000 * (1 + RATIO_RANGE));
    expect(Math.abs(consumed(0.1) - 4000 * (1 - RATIO_RANGE))).toBeLessThanOrEqual(1);
  });
});

test('filters are shared and outlive the first to go', () => {
  const src = blockOf(Array<number>(2000).fill(0.5));
  const dst = block(400);
  const [first, second] = [resamplerOf(1, 44_100, 48_000), resamplerOf(1, 32_000, 48_000)];
  resampler.free(first);
  pullAll(second, src, dst, 100, () => 10);
  expect(at(dst.floats, 99)).toBeCloseTo(0.5, 6);
  resampler.free(second);
});

test('nonsense gets no resampler', () => {
  for (const [channels, srcRate, dstRate] of [
    [0, 48_000, 48_000],
    [9, 48_000, 48_000],
    [2, 7999, 48_000],
    [2, 48_000, 192_001],
  ] as const) {
    expect(resampler.create(channels, srcRate, dstRate)).toBeNull();
  }
});
