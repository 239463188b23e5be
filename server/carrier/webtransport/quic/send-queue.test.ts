import { expect, test } from 'vitest';
import { SendQueue } from './send-queue.js';

test('goes as far as it is taken, then on from there, and ends once', () => {
  const queue = new SendQueue();
  queue.push(Buffer.from('first'), false);
  queue.push(Buffer.from('second'), true);
  const taken: string[] = [];
  const ends: boolean[] = [];
  const take = (mostBytes: number) => (bytes: Uint8Array, fin: boolean) => {
    const part = Buffer.from(bytes.subarray(0, mostBytes)).toString();
    taken.push(part);
    ends.push(fin && part.length === bytes.length);
    return part.length;
  };
  expect(queue.drain(take(3))).toBe('waiting');
  expect(queue.sizeBytes).toBe(8);
  expect(queue.drain(() => null)).toBe('waiting');
  expect(queue.drain(take(100))).toBe('drained');
  expect(taken.join('')).toBe('firstsecond');
  expect(ends).toEqual([false, false, true]);
  expect(queue.sizeBytes).toBe(0);
});

test('an end alone is sent, too', () => {
  const queue = new SendQueue();
  queue.push(new Uint8Array(), true);
  const ends: boolean[] = [];
  expect(queue.drain((_bytes, fin) => (ends.push(fin), 0))).toBe('drained');
  expect(ends).toEqual([true]);
});

test('not now is waiting, anything else the end', () => {
  const queue = new SendQueue();
  queue.push(Buffer.from('x'), false);
  const failing = (why: string) => () => {
    throw new Error(why);
  };
  expect(queue.drain(failing('Done'))).toBe('waiting');
  expect(queue.drain(failing('StreamStopped(5)'))).toBe('broken');
});
