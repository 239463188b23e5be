import { describe, expect, test } from 'vitest';
import { KeptMemory } from '../mempool/kept-memory.js';
import { Pool } from '../mempool/pool.js';
import { Quota } from '../mempool/quota.js';
import type { RingMemory } from '../mempool/ring-memory.js';
import { emptyStatus, PlaybackReader, RecordWriter, StatusWriter } from '../mempool/ring.js';
import { viewOf } from '../../native-shim/library.js';
import { CopiesIn } from './copies-in.js';
import { CopiesOut } from './copies-out.js';
import { DROPS_TOLD_INTERVAL_MS } from './limits.js';

const CAPACITY = 4096;
const WINDOW = 1024;
const FRAME_BYTES = 4;

function ring(direction: 'playback' | 'record'): RingMemory {
  const pool = new Pool(new Quota(2 ** 24), { uid: 0, kept: new KeptMemory() });
  const opened = pool.openPrivateRing({ capacityFrames: CAPACITY, frameBytes: FRAME_BYTES, direction });
  if (opened instanceof Error) throw opened;
  return opened.memory;
}

/** Frames that hold their own position. */
function numbered(from: number, frames: number): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: frames }, (_, i) => from + i).buffer);
}

function sender() {
  const memory = ring('playback');
  const told: (readonly ['grant', number] | readonly ['dropped', number, string])[] = [];
  const copies = new CopiesIn(memory, WINDOW, {
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

function listener(rate = 48_000) {
  const memory = ring('record');
  const heard: { frame: number; frames: number[] }[] = [];
  const dropped: number[] = [];
  const gate = { open: true };
  const copies = new CopiesOut(memory, rate, 128, {
    hear: (frame, data) => {
      if (gate.open) heard.push({ frame, frames: Array.from(new Uint32Array(data.slice().buffer)) });
      return gate.open;
    },
    dropped: (frames) => dropped.push(frames),
  });
  const writer = new RecordWriter(memory);
  const samples = new Uint32Array(viewOf(memory.samples, CAPACITY * FRAME_BYTES));
  const record = (frames: number) => {
    for (let i = 0; i < frames; i++) {
      samples[writer.offset] = writer.frames;
      writer.commit(1);
    }
  };
  return { copies, heard, dropped, gate, record };
}

describe('copies out', () => {
  test('whole packets of 10 ms, each with its position', () => {
    const { copies, heard, record } = listener();
    record(479);
    copies.pump(0);
    expect(heard).toEqual([]);
    record(1000);
    copies.pump(5);
    expect(heard).toEqual([
      { frame: 0, frames: count(0, 480) },
      { frame: 480, frames: count(480, 480) },
      { frame: 960, frames: count(960, 480) },
    ]);
  });

  test('a listener that was not asked for long goes on at the live edge; every frame is heard or counted', () => {
    const { copies, heard, dropped, record } = listener();
    record(480);
    copies.pump(0);
    record(3 * CAPACITY);
    copies.pump(5);
    record(960);
    copies.pump(10);
    for (const { frame, frames } of heard) expect(frames).toEqual(count(frame, frames.length));
    expect(heard.at(-1)?.frame).toBe(480 + 3 * CAPACITY + 480);
    expect(480 * heard.length + copies.droppedFrames).toBe(480 + 3 * CAPACITY + 960);
    expect(dropped).toEqual([copies.droppedFrames]);
  });

  test('a listener whose connection is full loses packets, and is told when it keeps up again', () => {
    const { copies, heard, dropped, gate, record } = listener();
    gate.open = false;
    for (let i = 0; i < 5; i++) {
      record(480);
      copies.pump(i);
    }
    expect(copies.droppedFrames).toBe(5 * 480);
    expect(dropped).toEqual([]);
    gate.open = true;
    record(480);
    copies.pump(6);
    expect(dropped).toEqual([5 * 480]);
    expect(heard).toEqual([{ frame: 2400, frames: count(2400, 480) }]);
    copies.pump(DROPS_TOLD_INTERVAL_MS * 2);
    expect(dropped).toHaveLength(1);
  });

  test('a full connection is asked once a turn', () => {
    const { copies, gate, record } = listener();
    gate.open = false;
    record(2000);
    copies.pump(0);
    expect(copies.droppedFrames).toBe(480);
  });
});

describe('the time of a copy', () => {
  test('is when its first frame was mixed, reckoned from the frame that the engine had come to', () => {
    const memory = ring('record');
    const engine = new RecordWriter(memory);
    const times: number[] = [];
    const copies = new CopiesOut(memory, 48_000, 256, {
      hear: (_frame, _data, captureUs) => times.push(captureUs) > 0,
      dropped: () => {},
    });
    engine.commit(480);
    copies.pump(0);
    engine.commit(960);
    new StatusWriter(memory).write({ ...emptyStatus(), frame: 1440, timeNs: 5_000_000_000 });
    copies.pump(10);
    expect(times).toEqual([0, 4_980_000, 4_990_000]);
  });
});
