import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Quota } from '../../../mempool/quota.js';
import { InlineBlock } from './block.js';
import { ByteQueue } from './byte-queue.js';

const MIB = 1024 * 1024;
const SILENCE = 0x80;

const block = (length: number, value: number) => new InlineBlock().of(new Uint8Array(length).fill(value));

/** All of the next `bytes`, taken. */
function taken(queue: ByteQueue, bytes: number): number[] {
  const got: number[] = [];
  queue.take(bytes, (piece) => got.push(...piece) && piece.length);
  return got;
}

describe('a queue of bytes', () => {
  test('gives back what was written where it was written, and silence elsewhere', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), at: fc.nat(300_000), bytes: fc.integer({ min: 1, max: 5000 }) }),
      fc.record({ kind: fc.constant('take' as const), bytes: fc.nat(20_000) }),
      fc.record({ kind: fc.constant('skip' as const), bytes: fc.nat(100_000) }),
      fc.record({ kind: fc.constant('clear' as const), back: fc.nat(1000) }),
    );
    fc.assert(
      fc.property(fc.constantFrom(1, 6, 8), fc.array(operation, { maxLength: 40 }), (frameBytes, operations) => {
        const queue = new ByteQueue(frameBytes, SILENCE, new Quota(64 * MIB));
        const reference = new Map<number, number>();
        let front = 0;
        operations.forEach((step, turn) => {
          if (step.kind === 'write') {
            expect(queue.write(block(step.bytes, turn), 0, front + step.at)).toBe(true);
            for (let i = 0; i < step.bytes; i++) reference.set(front + step.at + i, turn);
          } else if (step.kind === 'take') {
            const bytes = step.bytes - (step.bytes % frameBytes);
            expect(taken(queue, bytes)).toEqual(
              Array.from({ length: bytes }, (_, i) => reference.get(front + i) ?? SILENCE),
            );
            front += bytes;
          } else if (step.kind === 'skip') {
            const bytes = step.bytes - (step.bytes % frameBytes);
            queue.skip(bytes);
            front += bytes;
          } else {
            front -= step.back - (step.back % frameBytes);
            queue.clear(front);
            reference.clear();
          }
          for (const index of reference.keys()) if (index < front) reference.delete(index);
          expect(queue.front).toBe(front);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('cuts between frames only, whatever their size', () => {
    const queue = new ByteQueue(6, 0, new Quota(MIB));
    for (let turn = 0; turn < 50; turn++) {
      queue.write(block(6000, turn), 0, queue.end);
      queue.take(6000, (piece) => {
        expect(piece.length % 6).toBe(0);
        return piece.length;
      });
    }
    expect(queue.front).toBe(300_000);
  });

  test('keeps what its sink does not take', () => {
    const queue = new ByteQueue(1, 0, new Quota(MIB));
    queue.write(block(100, 7), 0, 0);
    expect(queue.take(100, () => 40)).toBe(40);
    expect(taken(queue, 100)).toEqual([...new Array<number>(60).fill(7), ...new Array<number>(40).fill(0)]);
  });

  test('writes a block that comes up short as silence, over what was there', () => {
    const queue = new ByteQueue(1, SILENCE, new Quota(MIB));
    queue.write(block(8, 1), 0, 0);
    queue.write({ length: 8, copy: (_, into, at) => (into.fill(2, at, at + 3), 3) }, 0, 0);
    expect(taken(queue, 8)).toEqual([2, 2, 2, SILENCE, SILENCE, SILENCE, SILENCE, SILENCE]);
  });

  test('is charged for its memory, and writes nothing where the quota does not reach', () => {
    const quota = new Quota(100 * 1024);
    const queue = new ByteQueue(4, 0, quota);
    expect(quota.usedBytes).toBe(0);
    expect(queue.write(block(4, 1), 0, 0)).toBe(true);
    expect(quota.usedBytes).toBe(queue.capacityBytes);
    expect(queue.write(block(4, 1), 0, 200_000)).toBe(false);
    expect(queue.end).toBe(4);
    queue.free();
    expect(quota.usedBytes).toBe(0);
  });

  test('throws away far holes in no time', () => {
    const queue = new ByteQueue(4, 0, new Quota(8 * MIB));
    const four = block(4, 1);
    const before = performance.now();
    for (let turn = 0; turn < 20_000; turn++) {
      queue.write(four, 0, queue.front + 4 * MIB - 8);
      queue.clear(queue.front);
    }
    // Filling the holes would take 20 000 × 4 MiB: ten seconds and more.
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
