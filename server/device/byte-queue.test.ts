import { expect, test } from 'vitest';
import { ByteQueue } from './byte-queue.js';

const bytes = (first: number, count: number) => Uint8Array.from({ length: count }, (_, i) => first + i);

function drain(queue: ByteQueue): number[] {
  const out: number[] = [];
  for (let some = queue.peek(); some.length > 0; some = queue.peek()) {
    out.push(...some);
    queue.drop(some.length);
  }
  return out;
}

test('its memory is the next power of two', () => {
  expect(new ByteQueue(ByteQueue.memory(1000)).capacity).toBe(1024);
  expect(new ByteQueue(ByteQueue.memory(1024)).capacity).toBe(1024);
});

test('bytes come out as they went in, across the end of the memory and of the counters', () => {
  const memory = ByteQueue.memory(16);
  const counters = new Int32Array(memory);
  counters[0] = counters[16] = -20; // 2^32 - 20
  const queue = new ByteQueue(memory);
  let put = 0;
  let taken = 0;
  for (let turn = 0; turn < 20; turn++) {
    expect(queue.put(bytes(put, 7))).toBe(true);
    put += 7;
    const out = drain(queue);
    expect(out).toEqual(Array.from(bytes(taken, out.length)));
    taken += out.length;
  }
  expect(taken).toBe(put);
});

test('what does not fit is refused whole', () => {
  const queue = new ByteQueue(ByteQueue.memory(16));
  expect(queue.put(bytes(0, 10))).toBe(true);
  expect(queue.put(bytes(10, 7))).toBe(false);
  expect(queue.put(bytes(10, 6))).toBe(true);
  expect(queue.put(bytes(16, 1))).toBe(false);
  expect(drain(queue)).toEqual(Array.from(bytes(0, 16)));
});
