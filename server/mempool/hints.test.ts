import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONTROL } from '../../native-shim/ring-layout.js';
import { Hints, WakeRequest } from './hints.js';
import { withRing } from './ring.fixture.js';

test('a playback request is due once, when the fill is low enough', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    const hints = new Hints(ring, 'playback');
    expect(hints.due(0)).toBe(false);
    new WakeRequest(ring).ask(16);
    expect([17, 16, 16, 0].map((fill) => hints.due(fill))).toEqual([false, true, false, false]);
  });
});

test('a record request is due once, when the fill is high enough', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    const hints = new Hints(ring, 'record');
    new WakeRequest(ring).ask(16);
    expect([15, 16, 64].map((fill) => hints.due(fill))).toEqual([false, true, false]);
    new WakeRequest(ring).ask(8);
    expect(hints.due(9)).toBe(true);
  });
});

test('requests are counted across the wrap', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    ring.words[CONTROL.wakeRequest] = -2;
    const hints = new Hints(ring, 'playback');
    const client = new WakeRequest(ring);
    const due = [0, 1, 2, 3].map(() => {
      client.ask(64);
      return hints.due(0);
    });
    expect(due).toEqual([true, true, true, true]);
  });
});

test('garbage brings at most one byte a look', () => {
  const words = fc.array(fc.tuple(fc.integer(), fc.integer(), fc.nat(64)), { maxLength: 50 });
  fc.assert(
    fc.property(words, (script) => {
      withRing({ capacityFrames: 64 }, (ring) => {
        const hints = new Hints(ring, 'playback');
        for (const [request, frames, fill] of script) {
          ring.words[CONTROL.wakeRequest] = request;
          ring.words[CONTROL.wakeFrames] = frames;
          hints.due(fill);
          expect(hints.due(fill)).toBe(false);
        }
      });
    }),
  );
});
