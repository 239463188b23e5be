import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTROL } from '../../native-shim/ring-layout.js';
import { type FrameSource, PlaybackReader, PlaybackWriter } from './playback-ring.js';
import { sampleBytes } from './ring-memory.js';
import { positions, sequence, type TestRing, withRing } from './ring.fixture.js';

const WRAP = 2 ** 32;
/** Streams that have run for a while, most of them about to pass 2^32 or 2^31. */
const starts = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map((near) => WRAP + near),
  fc.integer({ min: -300, max: 300 }).map((near) => WRAP / 2 + near),
  fc.integer({ min: 0, max: 2 ** 50 }),
);
const counters = fc.integer({ min: 0, max: WRAP - 1 });

const sourceOf = (bytes: Uint8Array): FrameSource => ({
  copy: (from, into, at, count) => {
    const part = bytes.subarray(from, from + count);
    into.set(part, at);
    return part.length;
  },
});

/** Takes `frames` as a kernel would: by two spans. */
function take(ring: TestRing, reader: PlaybackReader, frames: number): number[] {
  const samples = sampleBytes(ring);
  const first = reader.contiguous(frames);
  const at = reader.offset * 4;
  const got = [...samples.subarray(at, at + first * 4), ...samples.subarray(0, (frames - first) * 4)];
  reader.advance(frames);
  return positions(Uint8Array.from(got));
}

describe('playback ring', () => {
  test('carries every frame once and in order across the wrap', () => {
    const steps = fc.array(fc.record({ write: fc.nat(100), read: fc.nat(100), straight: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(starts, steps, (start, script) => {
        withRing({ capacityFrames: 64, position: start | 0 }, (ring) => {
          const writer = new PlaybackWriter(ring, start);
          const reader = new PlaybackReader(ring, start);
          for (const { write, read, straight } of script) {
            const room = writer.free();
            const before = writer.frames;
            const bytes = sequence(before, write);
            const written = straight ? writer.writeFrom(sourceOf(bytes), write) : writer.write(bytes);
            expect(written).toBe(Math.min(write, room));
            expect(writer.frames - before).toBe(Math.min(write, room));

            const fill = reader.fill();
            expect(fill).toBe(writer.frames - reader.frames);
            const frames = Math.min(read, fill);
            const first = reader.frames;
            expect(take(ring, reader, frames)).toEqual(Array.from({ length: frames }, (_, i) => (first + i) % WRAP));
            expect(reader.position).toBe((first + frames) % WRAP);
          }
          expect([reader.corrupt, writer.corrupt]).toEqual([false, false]);
        });
      }),
    );
  });

  test('writes from a frame of the bytes on, and ignores a broken frame at their end', () => {
    withRing({ capacityFrames: 8 }, (ring) => {
      const writer = new PlaybackWriter(ring);
      const reader = new PlaybackReader(ring);
      expect(writer.write(sequence(0, 5), 3)).toBe(2);
      expect(writer.write(sequence(5, 3).subarray(0, 11))).toBe(2);
      expect(writer.write(sequence(0, 2), 2)).toBe(0);
      expect(writer.fill()).toBe(4);
      reader.fill();
      expect(take(ring, reader, 4)).toEqual([3, 4, 5, 6]);
    });
  });

  test('what a source of frames has not is zeroes', () => {
    withRing({ capacityFrames: 8 }, (ring) => {
      const writer = new PlaybackWriter(ring);
      const reader = new PlaybackReader(ring);
      writer.write(sequence(1, 6));
      reader.fill();
      reader.advance(6);
      const short = sourceOf(sequence(1, 3));
      expect(writer.writeFrom(short, 6)).toBe(6);
      expect(writer.writeFrom(short, 3)).toBe(2);
      reader.fill();
      expect(take(ring, reader, 8)).toEqual([1, 2, 3, 0, 0, 0, 1, 2]);
    });
  });

  test('a new reader goes on where the last one stopped', () => {
    withRing({ capacityFrames: 16 }, (ring) => {
      const writer = new PlaybackWriter(ring);
      const first = new PlaybackReader(ring);
      writer.write(sequence(0, 12));
      first.fill();
      take(ring, first, 7);
      const second = new PlaybackReader(ring, first.frames);
      expect(second.fill()).toBe(5);
      expect(take(ring, second, 5)).toEqual([7, 8, 9, 10, 11]);
    });
  });

  test('taking more than there was is our own mistake', () => {
    withRing({ capacityFrames: 16 }, (ring) => {
      const reader = new PlaybackReader(ring);
      new PlaybackWriter(ring).write(sequence(0, 4));
      expect(() => {
        reader.advance(1);
      }).toThrow(RangeError);
      reader.fill();
      expect(() => {
        reader.advance(5);
      }).toThrow(RangeError);
    });
  });
});

describe('hostile counters', () => {
  test('whatever `written` becomes, the reader stays within the ring or is silent for good', () => {
    fc.assert(
      fc.property(starts, fc.array(fc.tuple(counters, fc.nat(70)), { maxLength: 30 }), (start, script) => {
        withRing({ capacityFrames: 64, position: start | 0 }, (ring) => {
          const reader = new PlaybackReader(ring, start);
          for (const [written, wish] of script) {
            Atomics.store(ring.words, CONTROL.written, written | 0);
            const before = reader.corrupt;
            const fill = reader.fill();
            if (before) expect(fill).toBe(-1);
            expect(reader.corrupt).toBe(fill === -1);
            expect(fill).toBeLessThanOrEqual(64);
            const frames = Math.min(wish, Math.max(fill, 0));
            expect(reader.offset + reader.contiguous(frames)).toBeLessThanOrEqual(64);
            expect(frames - reader.contiguous(frames)).toBeLessThanOrEqual(reader.offset);
            if (fill >= 0) reader.advance(frames);
          }
        });
      }),
    );
  });

  test.each([
    ['beyond the capacity', 65],
    ['behind what was read', -1],
    ['half a world away', 2 ** 31],
  ])('`written` %s ends the stream', (_, step) => {
    withRing({ capacityFrames: 64, position: 10 }, (ring) => {
      const reader = new PlaybackReader(ring, 10);
      ring.words[CONTROL.written] = (10 + step) | 0;
      expect(reader.fill()).toBe(-1);
      ring.words[CONTROL.written] = 12;
      expect(reader.fill()).toBe(-1);
      expect(reader.corrupt).toBe(true);
    });
  });

  test('`written` may fill the ring to the last frame, and may not shrink what it showed', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      const reader = new PlaybackReader(ring);
      ring.words[CONTROL.written] = 64;
      expect(reader.fill()).toBe(64);
      reader.advance(10);
      ring.words[CONTROL.written] = 63;
      expect(reader.fill()).toBe(-1);
    });
  });

  test('a change between two looks is only seen at the next look', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      const reader = new PlaybackReader(ring);
      ring.words[CONTROL.written] = 8;
      expect(reader.fill()).toBe(8);
      ring.words[CONTROL.written] = -5;
      reader.advance(8);
      expect(reader.frames).toBe(8);
      expect(reader.fill()).toBe(-1);
    });
  });

  test('the shape in the shared page is never read back', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      ring.words[CONTROL.capacityFrames] = 2 ** 30;
      ring.words[CONTROL.frameBytes] = 2 ** 20;
      const reader = new PlaybackReader(ring);
      ring.words[CONTROL.written] = 65;
      expect(reader.fill()).toBe(-1);
    });
  });

  test('whatever `read` becomes, the writer writes into the ring or not at all', () => {
    fc.assert(
      fc.property(starts, fc.array(fc.tuple(counters, fc.nat(200)), { maxLength: 30 }), (start, script) => {
        withRing({ capacityFrames: 64, position: start | 0 }, (ring) => {
          const writer = new PlaybackWriter(ring, start);
          for (const [read, count] of script) {
            Atomics.store(ring.words, CONTROL.read, read | 0);
            const before = writer.corrupt;
            const taken = writer.write(sequence(0, count));
            expect(taken).toBeLessThanOrEqual(64);
            if (before) expect(taken).toBe(0);
          }
        });
      }),
    );
  });

  test('`read` ahead of what was written, or going back, is corrupt', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      const ahead = new PlaybackWriter(ring);
      ring.words[CONTROL.read] = 1;
      expect([ahead.free(), ahead.corrupt]).toEqual([0, true]);
    });
    withRing({ capacityFrames: 64 }, (ring) => {
      const writer = new PlaybackWriter(ring);
      writer.write(sequence(0, 40));
      ring.words[CONTROL.read] = 30;
      expect(writer.free()).toBe(54);
      ring.words[CONTROL.read] = 20;
      expect([writer.free(), writer.fill(), writer.corrupt]).toEqual([0, 0, true]);
    });
  });
});
