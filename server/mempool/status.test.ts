import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STATUS } from '../../native-shim/ring-layout.js';
import { statusWords } from './ring-memory.js';
import { withRing } from './ring.fixture.js';
import { emptyStatus, StatusReader, StatusWriter } from './status.js';

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const statuses = fc.record({
  frame: fc.maxSafeNat(),
  timeNs: fc.maxSafeNat(),
  delayFrames: u32,
  quantumFrames: u32,
  fillFrames: u32,
  starvedFrames: u32,
  underruns: u32,
  droppedFrames: u32,
  state: u32,
});

test('what is written is read, 64-bit frames and times included', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    const writer = new StatusWriter(ring);
    const reader = new StatusReader(ring);
    const into = emptyStatus();
    fc.assert(
      fc.property(statuses, (status) => {
        writer.write(status);
        expect(reader.read(into)).toBe(true);
        expect(into).toEqual(status);
      }),
    );
  });
});

test('a moment is new once', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    const writer = new StatusWriter(ring);
    const reader = new StatusReader(ring);
    const into = emptyStatus();
    for (const frame of [1, 2]) {
      writer.write({ ...emptyStatus(), frame });
      expect([reader.readNew(into), into.frame, reader.readNew(into)]).toEqual([true, frame, false]);
    }
  });
});

test('a reader gives up on a writer that died in the middle, and leaves what it knew', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    const writer = new StatusWriter(ring);
    const reader = new StatusReader(ring);
    const into = emptyStatus();
    writer.write({ ...emptyStatus(), frame: 5 });
    expect(reader.read(into)).toBe(true);
    statusWords(ring)[STATUS.sequence] = 3;
    expect(reader.read(into)).toBe(false);
    expect(into.frame).toBe(5);
  });
});

test('the next writer makes the page readable again', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    statusWords(ring)[STATUS.sequence] = 7;
    new StatusWriter(ring).write({ ...emptyStatus(), frame: 9 });
    const into = emptyStatus();
    expect(new StatusReader(ring).read(into)).toBe(true);
    expect(into.frame).toBe(9);
  });
});

test('the sequence may wrap', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    statusWords(ring)[STATUS.sequence] = -2;
    const writer = new StatusWriter(ring);
    const into = emptyStatus();
    for (const frame of [1, 2, 3]) {
      writer.write({ ...emptyStatus(), frame });
      expect(new StatusReader(ring).read(into)).toBe(true);
      expect(into.frame).toBe(frame);
    }
  });
});
