import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameStore } from './frame-store.js';

const CAPACITY = 1024;
/** Stereo frames whose samples tell their position. */
const packet = (frame: number, frames: number): Float32Array =>
  Float32Array.from({ length: 2 * frames }, (_, i) => (frame + (i >> 1) + 1) * (i % 2 === 0 ? 1 : -1));

function take(store: FrameStore, frames: number): number[] {
  const into = [new Float32Array(frames + 1), new Float32Array(frames + 1)];
  store.take(into, 1, frames);
  expect(into[1]?.slice(1)).toEqual(into[0]?.slice(1).map((sample) => -sample));
  return [...(into[0]?.slice(1) ?? [])];
}

describe('frames at their positions', () => {
  test('any order in, one order out, each frame once', () => {
    const shuffles = fc.shuffledSubarray([...Array(8).keys()], { minLength: 8 });
    fc.assert(
      fc.property(fc.array(shuffles, { maxLength: 30 }), fc.integer({ min: 0, max: 2 ** 40 }), (rounds, start) => {
        const store = new FrameStore(2, CAPACITY);
        store.skipTo(start);
        let next = start;
        for (const order of rounds) {
          for (const i of order) expect(store.write(next + i * 100, packet(next + i * 100, 100))).toBe('new');
          expect(store.run(next, CAPACITY)).toBe(800);
          expect(take(store, 800)).toEqual([...packet(next, 800)].filter((_, i) => i % 2 === 0));
          next += 800;
        }
      }),
      { numRuns: 20 },
    );
  });

  test('says what came late, twice or too far ahead, and keeps none of it', () => {
    const store = new FrameStore(2, CAPACITY);
    store.skipTo(500);
    expect(store.write(400, packet(400, 100))).toBe('late');
    expect(store.write(500 + CAPACITY - 99, packet(0, 100))).toBe('ahead');
    expect(store.write(450, packet(450, 100))).toBe('new');
    expect(store.write(500, packet(0, 50))).toBe('double');
    expect(take(store, 50)).toEqual([...Array(50).keys()].map((i) => 501 + i));
    expect(store.write(500, packet(500, 50))).toBe('late');
  });

  test('finds a hole and what lies behind it', () => {
    const store = new FrameStore(2, CAPACITY);
    store.write(0, packet(0, 100));
    store.write(150, packet(150, 100));
    expect(store.run(0, 1000)).toBe(100);
    take(store, 100);
    expect(store.nextPresent()).toBe(150);
    expect(store.write(100, packet(100, 50))).toBe('new');
    expect(store.run(100, 1000)).toBe(150);
  });

  test('what was skipped is forgotten, also where the memory wraps', () => {
    const store = new FrameStore(2, CAPACITY);
    store.skipTo(CAPACITY - 50);
    store.write(CAPACITY - 50, packet(0, 100));
    expect(store.skipTo(CAPACITY + 20)).toBe(70);
    expect(store.run(CAPACITY + 20, 1000)).toBe(30);
    store.skipTo(2 * CAPACITY - 50);
    expect(store.nextPresent()).toBeUndefined();
    expect(store.run(2 * CAPACITY - 50, 1000)).toBe(0);
    store.skipTo(0);
    expect(store.nextPresent()).toBeUndefined();
  });
});
