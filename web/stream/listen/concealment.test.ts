import { describe, expect, test } from 'vitest';
import { Concealment } from './concealment.js';
import { RATE } from '../limits.js';

const BLOCK = 128;
const tone =
  (hz: number) =>
  (frame: number): number =>
    0.5 * Math.sin((2 * Math.PI * hz * frame) / RATE) + 0.2 * Math.sin((2 * Math.PI * 3 * hz * frame) / RATE);

/** A tone of `before` blocks, a gap, then the tone where it would have been. */
function play(source: (frame: number) => number, before: number, gapBlocks: number, after: number): Float32Array {
  const concealment = new Concealment(1);
  const heard = Float32Array.from({ length: (before + gapBlocks + after) * BLOCK }, (_, i) => source(i));
  for (let block = 0; block < before + gapBlocks + after; block++) {
    const isGap = block >= before && block < before + gapBlocks;
    if (isGap) concealment.fill([heard], block * BLOCK, BLOCK);
    else concealment.pass([heard], block * BLOCK, BLOCK);
  }
  return heard;
}

const largestStep = (samples: Float32Array): number =>
  samples.slice(1).reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i] ?? 0))), 0);

describe('sound for frames that are missing', () => {
  test('without a gap nothing is touched', () => {
    const source = tone(440);
    expect(play(source, 20, 0, 0)).toEqual(Float32Array.from({ length: 20 * BLOCK }, (_, i) => source(i)));
  });

  test.each([110, 261.6, 440, 1000])('a lost packet of 10 ms in a tone of %f Hz is hardly to be seen', (hz) => {
    const source = tone(hz);
    const heard = play(source, 20, 4, 20);
    const errors = heard.map((sample, i) => Math.abs(sample - source(i)));
    expect(Math.max(...errors)).toBeLessThan(0.1);
    expect(largestStep(heard)).toBeLessThan(1.3 * largestStep(play(source, 44, 0, 0)));
  });

  test('noise, which no period fits, goes on without a step larger than its own', () => {
    let seed = 1;
    const noise = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
    const heard = play(noise, 20, 4, 20);
    expect(largestStep(heard)).toBeLessThan(2);
    const energy = heard.slice(20 * BLOCK, 24 * BLOCK).reduce((sum, sample) => sum + sample * sample, 0);
    expect(energy / (4 * BLOCK)).toBeGreaterThan(0.03);
  });

  test('a long gap fades to silence, and what follows fades in', () => {
    const source = tone(440);
    const [before, gap] = [20, 40];
    const heard = play(source, before, gap, 20);
    expect(Math.max(...heard.slice((before + 20) * BLOCK, (before + gap) * BLOCK).map(Math.abs))).toBe(0);
    expect(largestStep(heard)).toBeLessThan(1.3 * largestStep(play(source, 60, 0, 0)));
    const back = (before + gap + 2) * BLOCK;
    expect(heard[back]).toBeCloseTo(source(back), 5);
  });

  test('before anything was heard it makes silence', () => {
    const heard = new Float32Array(BLOCK).fill(1);
    new Concealment(1).fill([heard], 0, BLOCK);
    expect([...heard].every((sample) => sample === 0)).toBe(true);
  });

  test('a jump to elsewhere has no step', () => {
    const source = tone(440);
    const concealment = new Concealment(1);
    const heard = Float32Array.from({ length: 40 * BLOCK }, (_, i) => source(i < 20 * BLOCK ? i : i + 7777));
    concealment.pass([heard], 0, 20 * BLOCK);
    concealment.jump();
    concealment.pass([heard], 20 * BLOCK, 20 * BLOCK);
    expect(largestStep(heard)).toBeLessThan(1.3 * largestStep(play(source, 44, 0, 0)));
    expect(heard.at(-1)).toBe(Math.fround(source(40 * BLOCK - 1 + 7777)));
  });
});
