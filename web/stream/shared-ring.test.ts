import { describe, expect, test } from 'vitest';
import { SharedRing } from './shared-ring.js';

const ringOf = (channels: number, frames: number): SharedRing =>
  new SharedRing(new SharedArrayBuffer(SharedRing.bytesFor(channels, frames)), channels);

/** Sets both counters, as after a long life. */
function age(ring: SharedRing, frames: number): void {
  const words = new Int32Array(ring.memory);
  Atomics.store(words, 0, frames);
  Atomics.store(words, 16, frames);
}

describe('a ring of frames', () => {
  test('gives back what was written, in order, over its end and over the counters’ end', () => {
    const ring = ringOf(2, 8);
    age(ring, -3);
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 20; round++) {
      expect(ring.write(Float32Array.from({ length: 10 }, () => next++))).toBe(5);
      expect(ring.fillFrames).toBe(5);
      const got = new Float32Array(10);
      expect(ring.read(got)).toBe(5);
      expect([...got]).toEqual(Array.from({ length: 10 }, () => expected++));
    }
    expect(ring.writtenFrames).toBe(97);
  });

  test('takes what fits and says how much', () => {
    const ring = ringOf(1, 4);
    expect(ring.write(Float32Array.of(1, 2, 3))).toBe(3);
    expect(ring.write(Float32Array.of(4, 5, 6))).toBe(1);
    expect(ring.freeFrames).toBe(0);
    expect(ring.skip(2)).toBe(2);
    const got = new Float32Array(4);
    expect(ring.read(got)).toBe(2);
    expect([...got]).toEqual([3, 4, 0, 0]);
    expect(ring.skip(9)).toBe(0);
  });

  test('refuses a size at which the counters could not wrap', () => {
    expect(() => ringOf(1, 6)).toThrow(RangeError);
  });

  test('a reader that waits is woken when the writer says so, and not at all when it is there already', async () => {
    const [reader, writer] = [ringOf(1, 8)].flatMap((ring) => [ring, new SharedRing(ring.memory, 1)]);
    const order: string[] = [];
    const woken = reader?.whenThere().then(() => order.push('woken'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push('written');
    writer?.write(Float32Array.of(7));
    writer?.wake();
    await woken;
    expect(order).toEqual(['written', 'woken']);
    await reader?.whenThere();
    // Written and waked for before the reader waits, and after it last read.
    reader?.read(new Float32Array(1));
    writer?.write(Float32Array.of(8));
    writer?.wake();
    await reader?.whenThere();
  });
});
