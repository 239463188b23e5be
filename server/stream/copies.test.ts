import { describe, expect, test } from 'vitest';
import { KeptMemory } from '../mempool/kept-memory.js';
import { Pool } from '../mempool/pool.js';
import { Quota } from '../mempool/quota.js';
import type { RingMemory } from '../mempool/ring-memory.js';
import { PlaybackReader } from '../mempool/ring.js';
import { viewOf } from '../../native-shim/library.js';
import { CopiesIn } from './copies-in.js';
import { PcmSink } from './granted-sink.js';
import { DROPS_TOLD_INTERVAL_MS } from './limits.js';

const CAPACITY = 4096;
const WINDOW = 1024;
const FRAME_BYTES = 4;

function ring(): RingMemory {
  const pool = new Pool(new Quota(2 ** 24), { uid: 0, kept: new KeptMemory() });
  const opened = pool.openPrivateRing({ capacityFrames: CAPACITY, frameBytes: FRAME_BYTES, direction: 'playback' });
  if (opened instanceof Error) throw opened;
  return opened.memory;
}

/** Frames that hold their own position. */
function numbered(from: number, frames: number): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: frames }, (_, i) => from + i).buffer);
}

function sender() {
  const memory = ring();
  const told: (readonly ['grant', number] | readonly ['dropped', number, string])[] = [];
  const copies = new CopiesIn(new PcmSink(memory), WINDOW, {
    grant: (frames) => told.push(['grant', frames]),
    dropped: (frames, code) => told.push(['dropped', frames, code]),
  });
  const engine = new PlaybackReader(memory);
  const samples = new Uint32Array(viewOf(memory.samples, CAPACITY * FRAME_BYTES));
  const consume = (most: number): number[] => {
    const frames = Math.min(most, engine.fill());
    return Array.from({ length: frames }, () => {
      const frame = samples[engine.offset] ?? -1;
      engine.advance(1);
      return frame;
    });
  };
  return { copies, told, engine, consume };
}

const count = (from: number, frames: number) => Array.from({ length: frames }, (_, i) => from + i);

describe('copies in', () => {
  test('frames arrive in order, and the grant goes on as the engine consumes', () => {
    const { copies, told, consume } = sender();
    expect(copies.granted).toBe(WINDOW);
    expect(copies.receive(0, numbered(0, 1000))).toBeUndefined();
    copies.pump(0);
    expect(told).toEqual([]);
    expect(consume(500)).toEqual(count(0, 500));
    copies.pump(5);
    expect(told).toEqual([['grant', 1524]]);
    expect(copies.receive(1000, numbered(1000, 524))).toBeUndefined();
    expect(consume(5000)).toEqual(count(500, 1024));
    expect(copies.droppedFrames).toBe(0);
  });

  test('what was sent twice is heard once', () => {
    const { copies, consume } = sender();
    copies.receive(0, numbered(0, 300));
    copies.receive(200, numbered(200, 300));
    copies.receive(0, numbered(0, 100));
    expect(consume(5000)).toEqual(count(0, 500));
    expect(copies.droppedFrames).toBe(0);
  });

  test('what was left out is counted and told as missing, and the sender is not held up', () => {
    const { copies, told, consume } = sender();
    copies.receive(0, numbered(0, 100));
    copies.receive(600, numbered(600, 100));
    expect(consume(5000)).toEqual([...count(0, 100), ...count(600, 100)]);
    copies.pump(0);
    expect(told).toEqual([
      ['grant', 700 + WINDOW],
      ['dropped', 500, 'FRAMES_MISSING'],
    ]);
  });

  test('no odd bytes, no position that cannot be', () => {
    const { copies, engine } = sender();
    expect(copies.receive(0, new Uint8Array(7))).toMatchObject({ code: 'BAD_MESSAGE' });
    for (const frame of [2 ** 53, 2 ** 53 - 1, 2 ** 64, NaN]) {
      expect(copies.receive(frame, numbered(0, 4))).toMatchObject({ code: 'BAD_MESSAGE' });
    }
    expect(copies.receive(0, new Uint8Array())).toBeUndefined();
    expect(engine.fill()).toBe(0);
    expect(copies.droppedFrames).toBe(0);
  });

  test('what exceeds the grant is taken as far as the ring goes; the rest is dropped, and told once', () => {
    const { copies, told, consume } = sender();
    for (let frame = 0; frame < 10_000; frame += 1000) copies.receive(frame, numbered(frame, 1000));
    expect(copies.droppedFrames).toBe(10_000 - CAPACITY);
    copies.pump(0);
    for (let ms = 1; ms < DROPS_TOLD_INTERVAL_MS; ms++) {
      copies.receive(9_999 + ms, numbered(0, 1));
      copies.pump(ms);
    }
    expect(told.filter(([kind]) => kind === 'dropped')).toEqual([['dropped', 10_000 - CAPACITY, 'GRANT_EXCEEDED']]);
    expect(consume(5000)).toEqual(count(0, CAPACITY));
    copies.pump(DROPS_TOLD_INTERVAL_MS);
    const dropped = told.filter(([kind]) => kind === 'dropped').reduce((sum, [, frames]) => sum + frames, 0);
    expect(dropped).toBe(copies.droppedFrames);
  });

  test('a smaller window slows the sender down and takes nothing back', () => {
    const { copies, told, consume } = sender();
    copies.receive(0, numbered(0, WINDOW));
    copies.setWindow(256);
    copies.pump(0);
    expect(consume(700)).toHaveLength(700);
    copies.pump(1);
    expect(told).toEqual([]);
    consume(324);
    copies.pump(2);
    expect(told).toEqual([['grant', WINDOW + 256]]);
  });
});
