import { expect, test } from 'vitest';
import { floatsOf, pcmOf } from './pcm-floats.js';

test.each([
  ['s16', 4],
  ['s24', 6],
  ['s32', 8],
  ['f32', 8],
] as const)('%s there and back is the same to a float’s precision', (format, frameBytes) => {
  const planes = [Float32Array.of(0, 0.5, -1, 0.25), Float32Array.of(-0.5, 0.75, 0.125, -0.25)];
  const pcm = new Uint8Array(4 * frameBytes);
  pcmOf(planes, format, pcm);
  const back = [new Float32Array(4), new Float32Array(4)];
  floatsOf(pcm, format, back);
  expect(back).toEqual(planes);
});

test('what is too loud saturates; what is no number is silence', () => {
  const pcm = new Uint8Array(4);
  pcmOf([Float32Array.of(7, -7)], 's16', pcm);
  expect(new Int16Array(pcm.buffer)).toEqual(Int16Array.of(32_767, -32_768));
  const into = [new Float32Array(3)];
  floatsOf(new Uint8Array(Float32Array.of(NaN, Infinity, -1e30).buffer), 'f32', into);
  expect(into[0]).toEqual(Float32Array.of(0, 16, -16));
});
