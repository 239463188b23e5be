import { describe, expect, test } from 'vitest';
import { Quota } from '../../../mempool/quota.js';
import { SEEK } from '../wire/numbers.js';
import { InlineBlock } from './block.js';
import { INDEX_MAX } from './limits.js';
import type { PlaybackAttr } from './playback-attr.js';
import { PlaybackBuffer } from './playback-buffer.js';
import { SyncGroup } from './sync-group.js';

const MIB = 1024 * 1024;
const FRAME_BYTES = 4;
const ATTR: PlaybackAttr = { maxLength: 4000, tlength: 400, prebuf: 200, minreq: 40 };

const block = (length: number, value = 1) => new InlineBlock().of(new Uint8Array(length).fill(value));

function buffer(attr: Partial<PlaybackAttr> = {}, corked = false): PlaybackBuffer {
  return new PlaybackBuffer({ ...ATTR, ...attr }, FRAME_BYTES, 0, corked, new Quota(16 * MIB));
}

/** All that is ready, moved to a ring. */
function handed(from: PlaybackBuffer, limitBytes = Infinity): number[] {
  const got: number[] = [];
  from.handOver(limitBytes, (piece) => got.push(...piece) && piece.length);
  return got;
}

/** Playing, with everything written consumed. */
function dry(attr: Partial<PlaybackAttr> = {}): PlaybackBuffer {
  const made = buffer(attr);
  made.takeCredit();
  made.write(block(200), 0, SEEK.RELATIVE);
  handed(made);
  made.advance(200, 0);
  expect(made.takeStarted()).toBe(true);
  return made;
}

describe('credit', () => {
  test('is tlength at first, and then what was consumed, once that is minreq', () => {
    const stream = buffer();
    expect(stream.takeCredit()).toBe(400);
    expect(stream.takeCredit()).toBe(0);
    stream.write(block(400), 0, SEEK.RELATIVE);
    handed(stream);
    stream.advance(36, 0);
    expect(stream.takeCredit()).toBe(0);
    stream.advance(4, 0);
    expect(stream.takeCredit()).toBe(40);
  });

  test('waits until so much is missing as is to be asked for at once', () => {
    const stream = buffer();
    stream.requestBytes = 100;
    stream.takeCredit();
    stream.write(block(400), 0, SEEK.RELATIVE);
    handed(stream);
    stream.advance(96, 0);
    expect(stream.takeCredit()).toBe(0);
    stream.advance(8, 0);
    expect(stream.takeCredit()).toBe(104);
  });

  test('comes in any size while it fills', () => {
    const stream = buffer({ prebuf: 400 });
    stream.requestBytes = 100;
    stream.takeCredit();
    stream.write(block(100), 0, SEEK.RELATIVE);
    stream.resize({ ...ATTR, prebuf: 400, tlength: 404 });
    expect(stream.takeCredit()).toBe(4);
  });

  test('is not charged for seeks that the client cannot count itself', () => {
    const stream = buffer();
    stream.takeCredit();
    stream.write(block(100), 0, SEEK.RELATIVE);
    stream.write(block(100), 0, SEEK.ABSOLUTE);
    // 300 of the credit are used up though 100 are queued: those 100 were written twice.
    expect(stream.takeCredit()).toBe(100);
  });

  test('is charged for the gap of a relative seek', () => {
    const stream = buffer();
    stream.takeCredit();
    stream.write(block(100), 100, SEEK.RELATIVE);
    expect(stream.takeCredit()).toBe(0);
    expect(stream.lengthBytes).toBe(200);
  });

  test('follows a flush', () => {
    const stream = buffer();
    stream.takeCredit();
    stream.write(block(300), 0, SEEK.RELATIVE);
    stream.flush();
    expect(stream.takeCredit()).toBe(300);
  });

  test('is never asked for at once beyond what may be queued, however long the clock ran on', () => {
    const stream = dry({ prebuf: 0 });
    stream.advance(0, 40_000);
    expect(stream.takeCredit()).toBe(4000);
  });
});

describe('the start', () => {
  test('waits for prebuf, then everything may go', () => {
    const stream = buffer();
    stream.write(block(196), 0, SEEK.RELATIVE);
    expect(stream.readyBytes).toBe(0);
    stream.write(block(4), 0, SEEK.RELATIVE);
    expect(stream.readyBytes).toBe(200);
    expect(stream.takeStarted()).toBe(false);
    handed(stream);
    stream.advance(4, 0);
    expect(stream.takeStarted()).toBe(true);
    expect(stream.takeStarted()).toBe(false);
  });

  test('comes at once with a trigger or a drain', () => {
    for (const begin of ['trigger', 'drain'] as const) {
      const stream = buffer();
      stream.write(block(20), 0, SEEK.RELATIVE);
      stream[begin]();
      expect(stream.readyBytes).toBe(20);
    }
  });

  test('does not come while it is corked', () => {
    const stream = buffer({}, true);
    stream.write(block(300), 0, SEEK.RELATIVE);
    expect(stream.readyBytes).toBe(0);
    stream.cork(false);
    expect(stream.readyBytes).toBe(300);
  });

  test('PREBUF makes it wait again', () => {
    const stream = buffer();
    stream.write(block(300), 0, SEEK.RELATIVE);
    handed(stream, 200);
    stream.advance(200, 0);
    stream.rearm();
    expect(stream.readyBytes).toBe(0);
    expect(stream.resting).toBe(false);
  });

  test('without prebuf, gives an empty ring enough for the next quantum', () => {
    const stream = buffer({ prebuf: 0 });
    stream.restartBytes = 64;
    stream.write(block(60), 0, SEEK.RELATIVE);
    expect(stream.readyBytes).toBe(0);
    stream.write(block(4), 0, SEEK.RELATIVE);
    expect(handed(stream)).toHaveLength(64);
    stream.write(block(4), 0, SEEK.RELATIVE);
    expect(stream.readyBytes).toBe(4);
  });

  test('without prebuf, does not wait for more than the client was asked for', () => {
    const stream = buffer({ prebuf: 0, tlength: 40 });
    stream.restartBytes = 64;
    stream.write(block(40), 0, SEEK.RELATIVE);
    expect(stream.readyBytes).toBe(40);
  });

  test('keeps what is in the ring until prebuf is there again', () => {
    const stream = buffer();
    stream.write(block(200), 0, SEEK.RELATIVE);
    handed(stream);
    stream.advance(100, 0);
    stream.cork(true);
    expect(stream.resting).toBe(true);
    stream.cork(false);
    expect(stream.resting).toBe(true);
    stream.write(block(100), 0, SEEK.RELATIVE);
    expect(stream.resting).toBe(false);
  });
});

describe('an underrun', () => {
  test('is told once, holds the read index and waits for prebuf', () => {
    const stream = dry();
    stream.advance(0, 100);
    stream.advance(0, 100);
    expect(stream.takeUnderflow()).toBe(true);
    expect(stream.takeUnderflow()).toBe(false);
    expect(stream.readIndex).toBe(200);
    expect(stream.underrunForBytes).toBe(200);
    expect(stream.playingForBytes).toBe(-1);
    stream.write(block(100, 2), 0, SEEK.RELATIVE);
    expect(stream.readyBytes).toBe(0);
    stream.write(block(100, 2), 0, SEEK.RELATIVE);
    expect(handed(stream)).toHaveLength(200);
  });

  test('without prebuf lets the clock run on, and late bytes are skipped', () => {
    const stream = dry({ prebuf: 0 });
    stream.advance(0, 40);
    expect(stream.readIndex).toBe(240);
    stream.write(block(100, 2), 0, SEEK.RELATIVE);
    expect(stream.lateBytes).toBe(40);
    expect(handed(stream)).toHaveLength(60);
    stream.advance(60, 0);
    expect(stream.readIndex).toBe(300);
    expect(stream.takeStarted()).toBe(true);
  });

  test('without prebuf skips what waits too long for an empty ring', () => {
    const stream = dry({ prebuf: 0 });
    stream.restartBytes = 64;
    stream.advance(0, 4);
    stream.write(block(44, 2), 0, SEEK.RELATIVE);
    stream.advance(0, 20);
    expect(stream.lateBytes).toBe(24);
    expect(stream.readyBytes).toBe(0);
  });

  test('is not the client’s where its bytes only wait to be moved', () => {
    const stream = buffer();
    stream.write(block(300), 0, SEEK.RELATIVE);
    handed(stream, 200);
    stream.advance(200, 40);
    expect(stream.takeUnderflow()).toBe(false);
    expect(stream.readyBytes).toBe(100);
  });

  test('is none while it is corked', () => {
    const stream = dry();
    stream.cork(true);
    stream.advance(0, 400);
    expect(stream.takeUnderflow()).toBe(false);
  });

  test('has no length before the first sound', () => {
    const stream = buffer();
    stream.advance(0, 400);
    expect(stream.underrunForBytes).toBe(-1);
    expect(stream.takeUnderflow()).toBe(false);
  });
});

describe('seeks', () => {
  const fresh = () => {
    const stream = buffer({ prebuf: 0 });
    stream.write(block(100, 1), 0, SEEK.RELATIVE);
    handed(stream, 40);
    stream.advance(20, 0);
    return stream;
  };

  test.each([
    ['relative to the write index', SEEK.RELATIVE, -20, 84],
    ['absolute', SEEK.ABSOLUTE, 60, 64],
    ['relative to the read index', SEEK.RELATIVE_ON_READ, 30, 54],
    ['relative to the end', SEEK.RELATIVE_END, 8, 112],
  ])('%s', (_, seek, offset, writeIndex) => {
    const stream = fresh();
    expect(stream.write(block(4, 9), offset, seek)).toBe('taken');
    expect(stream.writeIndex).toBe(writeIndex);
    const rest = handed(stream);
    expect(rest.slice(writeIndex - 4 - 40, writeIndex - 40)).toEqual([9, 9, 9, 9]);
  });

  test('rewrite what was not handed over, and no more', () => {
    const stream = fresh();
    stream.write(block(40, 9), 20, SEEK.ABSOLUTE);
    expect(stream.lateBytes).toBe(20);
    expect(handed(stream)).toEqual([...new Array<number>(20).fill(9), ...new Array<number>(40).fill(1)]);
  });

  test('leave silence in between', () => {
    const stream = fresh();
    handed(stream);
    stream.write(block(4, 9), 8, SEEK.RELATIVE);
    expect(handed(stream)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9]);
  });

  test.each([
    ['ahead', SEEK.RELATIVE, 2 ** 62],
    ['back', SEEK.RELATIVE, -(2 ** 62)],
    ['to nowhere', SEEK.ABSOLUTE, NaN],
    ['just too far', SEEK.ABSOLUTE, INDEX_MAX - 3],
  ])('out of this world, %s, change nothing', (_, seek, offset) => {
    const stream = fresh();
    const credit = fresh().takeCredit();
    expect(stream.write(block(4), offset, seek)).toBe('lost');
    expect(stream.writeIndex).toBe(100);
    expect(stream.takeCredit()).toBe(credit);
  });

  test('beyond what may be queued lose the block, and the index moves on', () => {
    const stream = fresh();
    expect(stream.write(block(4), 4036, SEEK.ABSOLUTE)).toBe('taken');
    expect(stream.write(block(4), 4037, SEEK.ABSOLUTE)).toBe('overflow');
    expect(stream.writeIndex).toBe(4041);
    expect(stream.takeCredit()).toBe(0);
  });

  test('of attack A cost no more than the bytes that they bring', () => {
    const stream = buffer({ maxLength: 4 * MIB, tlength: 2 * MIB, prebuf: 0 });
    stream.write(block(2 * MIB), 0, SEEK.RELATIVE);
    handed(stream, 4096);
    const four = block(4, 9);
    const before = performance.now();
    for (let turn = 0; turn < 100_000; turn++) {
      stream.write(four, 0, SEEK.RELATIVE_ON_READ);
      stream.write(four, 0, SEEK.ABSOLUTE);
      stream.write(four, 4 * MIB - 4, SEEK.ABSOLUTE);
    }
    // 0.1 µs each when measured; anything that grew with the queue would take minutes.
    expect(performance.now() - before).toBeLessThan(3000);
    expect(stream.lateBytes).toBe(800_000);
    expect(stream.readyBytes).toBe(4 * MIB - 4096);
  });
});

describe('flush', () => {
  test('throws the queue away and waits for prebuf; what is in the ring belongs to no index', () => {
    const stream = buffer();
    stream.write(block(300, 1), 0, SEEK.RELATIVE);
    handed(stream, 100);
    stream.advance(40, 0);
    stream.flush();
    expect([stream.readIndex, stream.writeIndex, stream.staleBytes]).toEqual([40, 40, 60]);
    stream.write(block(200, 2), 0, SEEK.RELATIVE);
    expect(handed(stream)).toEqual(new Array(200).fill(2));
    stream.advance(70, 0);
    expect([stream.readIndex, stream.staleBytes]).toEqual([50, 0]);
  });
});

describe('drain', () => {
  test('plays what there is, is not an underrun, and ends in prebuf', () => {
    const stream = buffer();
    stream.write(block(50), 0, SEEK.RELATIVE);
    stream.drain();
    expect(stream.handedAll).toBe(false);
    expect(handed(stream)).toHaveLength(48); // the rest is no whole frame
    expect(stream.handedAll).toBe(true);
    stream.advance(48, 0);
    expect(stream.takeUnderflow()).toBe(false);
    stream.drained();
    expect([stream.draining, stream.filling, stream.playing]).toEqual([false, true, false]);
  });

  test('goes on over a cork', () => {
    const stream = buffer();
    stream.write(block(48), 0, SEEK.RELATIVE);
    stream.drain();
    stream.cork(true);
    expect(stream.readyBytes).toBe(0);
    stream.cork(false);
    expect(stream.readyBytes).toBe(48);
  });
});

describe('a sync group', () => {
  test('begins when all of it can', () => {
    const group = new SyncGroup();
    const [one, other] = [buffer(), buffer()];
    group.join(one);
    group.join(other);
    one.write(block(200), 0, SEEK.RELATIVE);
    expect(one.readyBytes).toBe(0);
    other.write(block(200), 0, SEEK.ABSOLUTE);
    expect([one.readyBytes, other.readyBytes]).toEqual([200, 200]);
  });

  test('goes on without a member that ran dry, and without one that left', () => {
    const group = new SyncGroup();
    const [one, other] = [buffer(), buffer()];
    group.join(one);
    group.join(other);
    group.leave(other);
    one.write(block(200), 0, SEEK.RELATIVE);
    expect(one.readyBytes).toBe(200);
    handed(one);
    one.advance(4, 0);
    group.join(other);
    expect(other.readIndex).toBe(4);
    one.write(block(4), 0, SEEK.RELATIVE);
    expect(one.readyBytes).toBe(4);
  });
});

test('a stream has no more than its client may hold', () => {
  const quota = new Quota(64 * 1024);
  const stream = new PlaybackBuffer({ ...ATTR, maxLength: MIB }, FRAME_BYTES, 0, false, quota);
  expect(stream.write(block(4), 0, SEEK.RELATIVE)).toBe('taken');
  expect(stream.write(block(4), 100_000, SEEK.ABSOLUTE)).toBe('overflow');
  stream.free();
  expect(quota.usedBytes).toBe(0);
});
