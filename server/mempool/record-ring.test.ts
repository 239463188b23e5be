import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTROL } from '../../native-shim/ring-layout.js';
import { RecordReader, RecordWriter } from './record-ring.js';
import { sampleBytes } from './ring-memory.js';
import { positions, sequence, type TestRing, withRing } from './ring.fixture.js';

const WRAP = 2 ** 32;
const QUANTUM = 8;
const CAPACITY = 64;
const SAFE = CAPACITY - 2 * QUANTUM;
const starts = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map((near) => WRAP + near),
  fc.integer({ min: -300, max: 300 }).map((near) => WRAP / 2 + near),
  fc.integer({ min: 0, max: 2 ** 50 }),
);

/** Records `frames` that say their own position, as a kernel would: by two spans. */
function record(ring: TestRing, writer: RecordWriter, frames: number): void {
  const bytes = sequence(writer.frames, frames);
  const samples = sampleBytes(ring);
  const first = writer.contiguous(frames);
  samples.set(bytes.subarray(0, first * 4), writer.offset * 4);
  samples.set(bytes.subarray(first * 4), 0);
  writer.commit(frames);
}

/** Changes `word` in the middle of a read: when its bytes arrive. */
class Interrupted extends Uint8Array {
  meanwhile = (): void => {};

  override set(from: ArrayLike<number>, at?: number): void {
    super.set(from, at);
    this.meanwhile();
  }
}

describe('record ring', () => {
  test('gives a reader that keeps up every frame in order across the wrap, and one that does not an exact count', () => {
    const steps = fc.array(fc.record({ quanta: fc.nat(10), read: fc.nat(80) }), { maxLength: 60 });
    fc.assert(
      fc.property(starts, steps, (start, script) => {
        withRing({ capacityFrames: CAPACITY, position: start | 0 }, (ring) => {
          const writer = new RecordWriter(ring, start);
          const reader = new RecordReader(ring, QUANTUM, start);
          for (const { quanta, read } of script) {
            for (let i = 0; i < quanta; i++) record(ring, writer, QUANTUM);
            const behind = writer.frames - reader.frames;
            const lostBefore = reader.lostFrames;
            const into = new Uint8Array(read * 4 + 3);
            const first = reader.frames;
            const frames = reader.read(into);
            if (behind > SAFE) {
              expect([frames, reader.lostFrames - lostBefore, reader.frames]).toEqual([0, behind, writer.frames]);
            } else {
              expect([frames, reader.lostFrames]).toEqual([Math.min(behind, read), lostBefore]);
              const got = positions(into.subarray(0, frames * 4));
              expect(got).toEqual(Array.from({ length: frames }, (_, i) => (first + i) % WRAP));
            }
            expect(writer.fill()).toBe(writer.frames - reader.frames);
          }
        });
      }),
    );
  });

  test('the live edge begins exactly beyond `capacity − 2 quanta`', () => {
    withRing({ capacityFrames: CAPACITY }, (ring) => {
      const writer = new RecordWriter(ring);
      const reader = new RecordReader(ring, QUANTUM);
      record(ring, writer, SAFE);
      expect(reader.available()).toBe(SAFE);
      record(ring, writer, 1);
      expect([reader.available(), reader.lostFrames, reader.frames]).toEqual([0, SAFE + 1, SAFE + 1]);
    });
  });

  test('a larger quantum keeps more of the ring clear, at most half of it', () => {
    withRing({ capacityFrames: CAPACITY }, (ring) => {
      const writer = new RecordWriter(ring);
      const reader = new RecordReader(ring, QUANTUM);
      reader.quantumFrames = 4096;
      record(ring, writer, CAPACITY / 2);
      expect(reader.available()).toBe(CAPACITY / 2);
      record(ring, writer, 1);
      expect(reader.available()).toBe(0);
      reader.quantumFrames = -5;
      record(ring, writer, CAPACITY);
      expect(reader.available()).toBe(CAPACITY);
    });
  });

  test('what is overwritten while it is copied is lost, not heard', () => {
    withRing({ capacityFrames: CAPACITY }, (ring) => {
      const writer = new RecordWriter(ring);
      const reader = new RecordReader(ring, QUANTUM);
      record(ring, writer, 40);
      const into = new Interrupted(40 * 4);
      into.meanwhile = () => {
        record(ring, writer, QUANTUM + 1);
      };
      expect(reader.read(into)).toBe(0);
      expect([reader.lostFrames, reader.frames]).toEqual([49, 49]);
      into.meanwhile = () => {};
      record(ring, writer, 3);
      expect(reader.read(into)).toBe(3);
      expect(positions(into.subarray(0, 12))).toEqual([49, 50, 51]);
    });
  });

  test('a new writer goes on where the last one stopped', () => {
    withRing({ capacityFrames: CAPACITY }, (ring) => {
      const first = new RecordWriter(ring);
      const reader = new RecordReader(ring, QUANTUM);
      record(ring, first, 10);
      record(ring, new RecordWriter(ring, first.frames), 10);
      const into = new Uint8Array(80);
      expect(reader.read(into)).toBe(20);
      expect(positions(into)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    });
  });

  test('more than the ring holds at once is our own mistake', () => {
    withRing({ capacityFrames: CAPACITY }, (ring) => {
      expect(() => {
        new RecordWriter(ring).commit(CAPACITY + 1);
      }).toThrow(RangeError);
    });
  });
});

describe('hostile counters', () => {
  const counters = fc.integer({ min: 0, max: WRAP - 1 });

  test('whatever `written` becomes, before or during a read, the reader stays within the ring and counts on', () => {
    fc.assert(
      fc.property(starts, fc.array(fc.tuple(counters, counters, fc.nat(300)), { maxLength: 30 }), (start, script) => {
        withRing({ capacityFrames: CAPACITY, position: start | 0 }, (ring) => {
          const reader = new RecordReader(ring, QUANTUM, start);
          for (const [before, during, room] of script) {
            ring.words[CONTROL.written] = before | 0;
            const into = new Interrupted(room);
            into.meanwhile = () => {
              ring.words[CONTROL.written] = during | 0;
            };
            const passed = reader.frames;
            const lost = reader.lostFrames;
            const frames = reader.read(into);
            expect(frames).toBeLessThanOrEqual(Math.min(SAFE, Math.floor(room / 4)));
            expect(reader.frames - passed).toBe(frames + reader.lostFrames - lost);
            expect(reader.lostFrames).toBeGreaterThanOrEqual(lost);
            expect(reader.available()).toBeLessThanOrEqual(SAFE);
          }
        });
      }),
    );
  });

  test('whatever `read` becomes, the writer goes on and reports a fill within the ring', () => {
    fc.assert(
      fc.property(starts, fc.array(counters, { maxLength: 30 }), (start, script) => {
        withRing({ capacityFrames: CAPACITY, position: start | 0 }, (ring) => {
          const writer = new RecordWriter(ring, start);
          for (const read of script) {
            ring.words[CONTROL.read] = read | 0;
            record(ring, writer, QUANTUM);
            expect(writer.fill()).toBeGreaterThanOrEqual(0);
            expect(writer.fill()).toBeLessThanOrEqual(CAPACITY);
          }
          expect(writer.frames).toBe(start + script.length * QUANTUM);
        });
      }),
    );
  });
});
