import { describe, expect, test } from 'vitest';
import { Resampler } from './resampler.js';

const BLOCK = 128;
const RATE = 48_000;

/** Pulls `blocks` blocks of `source(position)`; the step follows `stepAt(block)`. Returns what came out and where each frame was read. */
function run(source: (frame: number) => number, blocks: number, stepAt: (block: number) => number, base = 1) {
  const resampler = new Resampler(1, base);
  const heard: number[] = [];
  const readAt: number[] = [];
  let [pushed, position] = [0, 0];
  for (let block = 0; block < blocks; block++) {
    const [step, stepAtEnd] = [stepAt(block), stepAt(block + 1)];
    const frames = resampler.wanted(BLOCK, Math.max(step, stepAtEnd));
    resampler.push([Float32Array.from({ length: frames }, (_, i) => source(pushed + i))], 0, frames);
    pushed += frames;
    const output = new Float32Array(BLOCK);
    resampler.pull([output], step, stepAtEnd);
    heard.push(...output);
    for (let i = 0; i < BLOCK; i++) {
      readAt.push(position);
      position += step + ((stepAtEnd - step) / BLOCK) * i;
    }
    expect(pushed - position).toBeCloseTo(resampler.heldFrames, 6);
  }
  return { heard, readAt };
}

/** Everything that is not the tone, against the tone, in dB. The warped time of each frame is known: a fit needs no bins. */
function residueDb(hz: number, heard: readonly number[], readAt: readonly number[]): number {
  const skip = 100;
  const angle = (i: number): number => (2 * Math.PI * hz * (readAt[i] ?? 0)) / RATE;
  let [ss, cc, sc, xs, xc] = [0, 0, 0, 0, 0];
  for (let i = skip; i < heard.length; i++) {
    const [s, c, x] = [Math.sin(angle(i)), Math.cos(angle(i)), heard[i] ?? 0];
    ss += s * s;
    cc += c * c;
    sc += s * c;
    xs += x * s;
    xc += x * c;
  }
  const determinant = ss * cc - sc * sc;
  const [a, b] = [(xs * cc - xc * sc) / determinant, (xc * ss - xs * sc) / determinant];
  let [tone, residue] = [0, 0];
  for (let i = skip; i < heard.length; i++) {
    const fit = a * Math.sin(angle(i)) + b * Math.cos(angle(i));
    tone += fit * fit;
    residue += ((heard[i] ?? 0) - fit) ** 2;
  }
  return 10 * Math.log10(residue / tone);
}

const drift = (block: number): number => 1 + 300e-6 * Math.sin(block / 40);

describe('the resampler', () => {
  test.each([
    ['a drifting clock', 1_000, 1],
    ['a drifting clock', 10_000, 1],
    ['a context at 44.1 kHz', 1_000, 48_000 / 44_100],
    ['a context at 44.1 kHz', 10_000, 48_000 / 44_100],
    ['a context at 96 kHz', 10_000, 0.5],
  ])('%s: a tone of %i Hz keeps clean (step %f)', (_, hz, base) => {
    const tone = (frame: number): number => 0.7 * Math.sin((2 * Math.PI * hz * frame) / RATE);
    const { heard, readAt } = run(tone, 750, (block) => base * drift(block), base);
    expect(residueDb(hz, heard, readAt)).toBeLessThan(-90);
  });

  test('what a lower rate cannot hold is gone, not folded back', () => {
    const tone = (frame: number): number => Math.sin((2 * Math.PI * 14_000 * frame) / RATE);
    const { heard } = run(tone, 100, () => 2, 2);
    expect(heard.slice(200).filter((sample) => !(Math.abs(sample) < 1e-4))).toEqual([]);
  });

  test('no frame is lost or doubled, however the step moves: a ramp stays a ramp, where it was read', () => {
    const { heard, readAt } = run(
      (frame) => frame / 1e5,
      2000,
      (block) => 1 + 3e-3 * Math.sin(block * block),
    );
    const errors = heard.slice(100).map((sample, i) => Math.abs(sample * 1e5 - (readAt[i + 100] ?? 0)));
    expect(errors.filter((error) => !(error < 0.25))).toEqual([]);
  });

  test('the first frame pushed is the first one read', () => {
    const { heard } = run(
      (frame) => (frame === 0 ? 1 : 0),
      2,
      () => 1,
    );
    expect(heard.indexOf(Math.max(...heard))).toBe(0);
  });

  test('both sides are read at the same place', () => {
    const resampler = new Resampler(2);
    const left = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i / 9));
    resampler.push([left, left.map((sample) => -sample)], 0, 400);
    const output = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
    resampler.pull(output, 1.0001, 0.9999);
    expect(output[0]?.map((sample) => -sample)).toEqual(output[1]);
  });
});
