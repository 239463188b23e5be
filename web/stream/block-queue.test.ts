import { describe, expect, test } from 'vitest';
import { BlockQueue } from './block-queue.js';

describe('blocks that wait to be sent', () => {
  test('come out in order, however they are cut', () => {
    const queue = new BlockQueue(2, 100, 10);
    queue.push(Float32Array.of(1, 2, 3, 4));
    queue.push(Float32Array.of(5, 6, 7, 8));
    expect([...queue.take(1)]).toEqual([1, 2]);
    expect([...queue.take(2)]).toEqual([3, 4, 5, 6]);
    expect([...queue.take(9)]).toEqual([7, 8]);
    expect(queue.take(9)).toHaveLength(0);
    expect(queue.droppedFrames).toBe(0);
  });

  test('past the bound all but the newest go and are counted', () => {
    const queue = new BlockQueue(1, 4, 2);
    queue.push(Float32Array.of(1, 2, 3));
    queue.push(Float32Array.of(4, 5, 6));
    expect(queue.frames).toBe(2);
    expect(queue.droppedFrames).toBe(4);
    expect([...queue.take(4)]).toEqual([5, 6]);
  });

  test('what is cleared is gone, not dropped', () => {
    const queue = new BlockQueue(1, 4, 2);
    queue.push(Float32Array.of(1));
    queue.clear();
    expect(queue.frames).toBe(0);
    expect(queue.droppedFrames).toBe(0);
  });
});
