import { expect, test } from 'vitest';
import { PeakStage } from './peak-stage.js';

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer);

test('of so many frames the loudest is told, wherever the reads end', () => {
  const stage = new PeakStage(100, 25);
  const peaks: number[] = [];
  const hear = (frames: Uint8Array) => {
    peaks.push(new Float32Array(frames.slice().buffer)[0] ?? NaN);
    return 1;
  };
  stage.fromRing(bytesOf(Float32Array.of(0.125, -0.5, 0.25)), hear);
  expect([peaks, stage.ringFramesOf(1)]).toEqual([[], 1]);
  stage.fromRing(bytesOf(Float32Array.of(0, 0.0625, 0, 0, 0.75)), hear);
  expect(peaks).toEqual([0.5, 0.75]);
});
