import { expect, test } from 'vitest';
import { channelMatrix } from './channel-map.js';

const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8];
const pairs = COUNTS.flatMap((from) => COUNTS.map((to) => [from, to] as const));

function row(matrix: Float32Array, from: number, index: number): number[] {
  return Array.from(matrix.subarray(index * from, (index + 1) * from));
}

function column(matrix: Float32Array, from: number, index: number): number[] {
  return Array.from(matrix).filter((_, i) => i % from === index);
}

test.each(pairs)('%i channels to %i', (from, to) => {
  const matrix = channelMatrix(from, to);
  if (from === to) return expect(matrix).toBeUndefined();
  if (!matrix) throw new Error('a matrix is missing');
  expect(matrix).toHaveLength(from * to);
  for (const gain of matrix) expect(gain >= 0 && gain <= 1).toBe(true);
  for (let c = 0; c < from; c++) {
    const power = column(matrix, from, c).reduce((sum, gain) => sum + gain * gain, 0);
    const isSubwoofer = from >= 6 && c === 3;
    // Nothing vanishes but a subwoofer, and nothing becomes louder than mono on two fronts.
    if (!isSubwoofer) expect(power).toBeGreaterThanOrEqual(0.24);
    expect(power).toBeLessThanOrEqual(from === 1 ? 2 : 1.01);
  }
});

test('left stays left: a mirrored layout has a mirrored matrix', () => {
  const mirror = (channels: number) => (c: number) => {
    const swaps: Record<number, Record<number, number>> = {
      2: { 0: 1, 1: 0 },
      3: { 0: 1, 1: 0 },
      4: { 0: 1, 1: 0, 2: 3, 3: 2 },
      5: { 0: 1, 1: 0, 3: 4, 4: 3 },
      6: { 0: 1, 1: 0, 4: 5, 5: 4 },
      7: { 0: 1, 1: 0, 5: 6, 6: 5 },
      8: { 0: 1, 1: 0, 4: 5, 5: 4, 6: 7, 7: 6 },
    };
    return swaps[channels]?.[c] ?? c;
  };
  for (const [from, to] of pairs) {
    const matrix = channelMatrix(from, to);
    if (!matrix) continue;
    for (let t = 0; t < to; t++) {
      for (let f = 0; f < from; f++) {
        expect(matrix[t * from + f]).toBe(matrix[mirror(to)(t) * from + mirror(from)(f)]);
      }
    }
  }
});

test('mono reaches both fronts at full level, or the centre where there is one; stereo to mono is the mean', () => {
  expect(Array.from(channelMatrix(1, 2) ?? [])).toEqual([1, 1]);
  expect(Array.from(channelMatrix(1, 4) ?? [])).toEqual([1, 1, 0, 0]);
  expect(Array.from(channelMatrix(1, 6) ?? [])).toEqual([0, 0, 1, 0, 0, 0]);
  expect(Array.from(channelMatrix(2, 1) ?? [])).toEqual([0.5, 0.5]);
});

test('stereo keeps to the fronts; 5.1 folds to stereo as ITU-R BS.775 has it', () => {
  const up = channelMatrix(2, 8) ?? new Float32Array();
  expect(row(up, 2, 0)).toEqual([1, 0]);
  expect(row(up, 2, 1)).toEqual([0, 1]);
  for (let t = 2; t < 8; t++) expect(row(up, 2, t)).toEqual([0, 0]);
  const down = channelMatrix(6, 2) ?? new Float32Array();
  const half = Math.fround(Math.SQRT1_2);
  expect(row(down, 6, 0)).toEqual([1, 0, half, 0, half, 0]);
  expect(row(down, 6, 1)).toEqual([0, 1, half, 0, 0, half]);
});
