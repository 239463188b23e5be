import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATUS } from '../../native-shim/ring-layout.js';
import { emptyPlayState, emptySenderState, LivePlayEnd, LiveSenderEnd } from './live-block.js';
import { statusWords } from './ring-memory.js';
import { withRing } from './ring.fixture.js';
import { emptyStatus, StatusReader, StatusWriter } from './status.js';

const SENDER_SEQUENCE = 256;
const number = fc.double({ noNaN: true });

test('each end hears what the other told, beside the status that a stream has anyway', () => {
  withRing({ capacityFrames: 64 }, (ring) => {
    const sender = new LiveSenderEnd(ring);
    const player = new LivePlayEnd(ring);
    const status = new StatusWriter(ring);
    fc.assert(
      fc.property(number, number, number, number, (a, b, c, d) => {
        const line = { anchorFrame: a, anchorTimeNs: b, nsPerFrame: c, targetFrames: d, haste: a };
        const play = { readFrame: d, timeNs: c, latencyFrames: b, driftPpm: a, skippedFrames: b };
        sender.tell(line);
        player.tell(play);
        status.write({ ...emptyStatus(), frame: 5 });
        const heardLine = emptySenderState();
        const heardPlay = emptyPlayState();
        expect(player.hear(heardLine)).toBe(true);
        expect(sender.hear(heardPlay)).toBe(true);
        expect(heardLine).toEqual(line);
        expect(heardPlay).toEqual(play);
        const heardStatus = emptyStatus();
        expect(new StatusReader(ring).read(heardStatus)).toBe(true);
        expect(heardStatus.frame).toBe(5);
        expect(statusWords(ring)[STATUS.magic]).not.toBe(0);
      }),
    );
  });
});

describe('an end that died in the middle', () => {
  test('is waited for in vain, and what was known stays', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      const sender = new LiveSenderEnd(ring);
      sender.tell({ ...emptySenderState(), anchorFrame: 7 });
      const heard = emptySenderState();
      const player = new LivePlayEnd(ring);
      expect(player.hear(heard)).toBe(true);
      statusWords(ring)[SENDER_SEQUENCE] = 3;
      expect(player.hear(heard)).toBe(false);
      expect(heard.anchorFrame).toBe(7);
    });
  });

  test('is healed by the next one', () => {
    withRing({ capacityFrames: 64 }, (ring) => {
      statusWords(ring)[SENDER_SEQUENCE] = 3;
      new LiveSenderEnd(ring).tell({ ...emptySenderState(), anchorFrame: 9 });
      const heard = emptySenderState();
      expect(new LivePlayEnd(ring).hear(heard)).toBe(true);
      expect(heard.anchorFrame).toBe(9);
    });
  });
});
