import { describe, expect, test } from 'vitest';
import { LISTEN_LIMITS } from '../limits.js';
import { Reorder } from './reorder.js';

const FRAMES = 480;

function reordered(): {
  push: (n: number, nowMs?: number) => void;
  order: number[];
  reorder: Reorder<{ frame: number; frames: number }>;
} {
  const order: number[] = [];
  const reorder = new Reorder<{ frame: number; frames: number }>(({ frame }) => order.push(frame / FRAMES));
  return { order, reorder, push: (n, nowMs = 0) => reorder.push({ frame: n * FRAMES, frames: FRAMES }, nowMs) };
}

describe('packets for a decoder', () => {
  test('begin anywhere and pass at once as long as they are in order', () => {
    const { push, order, reorder } = reordered();
    for (const n of [7, 8, 9]) push(n);
    expect(order).toEqual([7, 8, 9]);
    expect(reorder.dueMs).toBeUndefined();
  });

  test('two that were swapped are swapped back', () => {
    const { push, order } = reordered();
    for (const n of [0, 2, 1, 3]) push(n);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test('one that is lost holds up the others for a short time only', () => {
    const { push, order, reorder } = reordered();
    push(0, 0);
    push(2, 1);
    expect(order).toEqual([0]);
    expect(reorder.dueMs).toBe(1 + LISTEN_LIMITS.reorderMs);
    reorder.release(LISTEN_LIMITS.reorderMs);
    expect(order).toEqual([0]);
    reorder.release(1 + LISTEN_LIMITS.reorderMs);
    expect(order).toEqual([0, 2]);
    push(1, 20);
    expect(order).toEqual([0, 2]);
    expect(reorder.latePackets).toBe(1);
  });

  test('no more are held than the limit, whatever the clock says', () => {
    const { push, order } = reordered();
    push(0);
    for (let n = 2; n < 2 + LISTEN_LIMITS.reorderPackets; n++) push(n);
    expect(order).toEqual([0]);
    push(2 + LISTEN_LIMITS.reorderPackets);
    expect(order).toEqual([0, 2, 3, 4, 5, 6].slice(0, order.length));
    expect(order).toHaveLength(2 + LISTEN_LIMITS.reorderPackets);
  });

  test('what comes twice is left out, held or passed', () => {
    const { push, order, reorder } = reordered();
    for (const n of [0, 0, 2, 2, 1]) push(n);
    expect(order).toEqual([0, 1, 2]);
    expect(reorder.latePackets).toBe(2);
  });
});
