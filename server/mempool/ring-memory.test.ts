import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTROL, PAGE_BYTES, STATUS } from '../../native-shim/ring-layout.js';
import { CAPACITY_FRAMES_LIMIT, FRAME_BYTES_LIMIT, SEGMENT_BYTES_LIMIT } from './limits.js';
import {
  checkHeaders,
  isRingShape,
  recordCapacityFrames,
  ringCapacityFrames,
  segmentSizes,
  statusWords,
} from './ring-memory.js';
import { withRing } from './ring.fixture.js';

const rates = fc.integer({ min: 8000, max: 192_000 });
const latencies = fc.integer({ min: 0, max: 2_000_000 });

describe('the size of a ring', () => {
  test('is a power of two, four wanted latencies and 200 ms at least, twice that at most', () => {
    fc.assert(
      fc.property(rates, latencies, (rate, latencyUs) => {
        const frames = ringCapacityFrames(rate, latencyUs);
        const least = (Math.max(4 * latencyUs, 200_000) * rate) / 1e6;
        expect(isRingShape(frames, 8)).toBe(true);
        expect(frames).toBeGreaterThanOrEqual(least);
        expect(frames).toBeLessThan(2 * least);
      }),
    );
  });

  test('of a record ring is 1 s at most and otherwise the same', () => {
    fc.assert(
      fc.property(rates, latencies, (rate, latencyUs) => {
        const frames = recordCapacityFrames(rate, latencyUs);
        expect(isRingShape(frames, 8)).toBe(true);
        expect(frames).toBeLessThanOrEqual(rate);
        expect(frames).toBeGreaterThanOrEqual(Math.min(0.2 * rate, rate / 2));
      }),
    );
  });

  test('fits into the segment limit, whichever end holds the samples', () => {
    const largest = segmentSizes('playback', CAPACITY_FRAMES_LIMIT, FRAME_BYTES_LIMIT);
    expect(largest).toEqual({ controlBytes: SEGMENT_BYTES_LIMIT, dataBytes: PAGE_BYTES });
    expect(segmentSizes('record', 1024, 6)).toEqual({ controlBytes: PAGE_BYTES, dataBytes: 3 * PAGE_BYTES });
  });

  test('is refused when no ring can have it', () => {
    for (const frames of [0, -1, 3, 1.5, NaN, Infinity, 2 * CAPACITY_FRAMES_LIMIT]) {
      expect(isRingShape(frames, 4), String(frames)).toBe(false);
    }
    for (const bytes of [0, -4, 2.5, NaN, FRAME_BYTES_LIMIT + 1])
      expect(isRingShape(1024, bytes), String(bytes)).toBe(false);
    expect(isRingShape(CAPACITY_FRAMES_LIMIT, FRAME_BYTES_LIMIT)).toBe(true);
  });
});

describe('headers', () => {
  test('that the server wrote are accepted', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      expect(checkHeaders(ring)).toBeUndefined();
    });
  });

  test.each([
    ['another magic', CONTROL.magic, 1, 'BAD_MESSAGE'],
    ['another major version', CONTROL.version, 2 << 16, 'VERSION_MISMATCH'],
    ['another capacity', CONTROL.capacityFrames, 128, 'BAD_MESSAGE'],
    ['other frames', CONTROL.frameBytes, 8, 'BAD_MESSAGE'],
  ])('with %s are refused', (_, word, value, code) => {
    withRing({ capacityFrames: 64 }, (ring) => {
      ring.words[word] = value;
      expect(checkHeaders(ring)?.code).toBe(code);
    });
  });

  test('of the status page count too, and a later minor version is welcome', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      const status = statusWords(ring);
      status[STATUS.version] = (1 << 16) | 7;
      expect(checkHeaders(ring)).toBeUndefined();
      status[STATUS.magic] = 0;
      expect(checkHeaders(ring)?.code).toBe('BAD_MESSAGE');
    });
  });
});
