import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { viewOf } from '../../native-shim/library.js';
import { PAGE_BYTES } from '../../native-shim/ring-layout.js';
import { close, discard, map, must, pollReadable, unmap, wake } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import { canMountFuse, withStuckFile } from './fuse.fixture.js';
import { KeptMemory } from './kept-memory.js';
import { KEPT_BYTES_LIMIT } from './limits.js';
import { Pool, type Ring } from './pool.js';
import { Quota } from './quota.js';
import { checkHeaders, type RingShape, sampleBytes } from './ring-memory.js';

const UID = 4711;
const PLAYBACK: RingShape = { capacityFrames: 16_384, frameBytes: 8, direction: 'playback' };
const RECORD: RingShape = { ...PLAYBACK, direction: 'record' };
const RING_BYTES = 2 * PAGE_BYTES + 16_384 * 8;

let kept: KeptMemory;
let quota: Quota;
let pool: Pool;

beforeEach(() => {
  kept = new KeptMemory();
  quota = new Quota(4 * RING_BYTES);
  pool = new Pool(quota, { uid: UID, kept });
});

afterEach(() => {
  kept.close();
});

function opened(ring: Ring | WeirError): Ring {
  if (ring instanceof WeirError) throw ring;
  return ring;
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) close(fd);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await delay(10);
  expect(holds(), what).toBe(true);
}

/** A client that keeps what it was handed: any process that inherits the descriptors. */
function hold(fds: readonly number[]): ChildProcess {
  return spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', ...fds] });
}

describe('a ring', () => {
  test('has the shape that was asked for, in segments whose sizes it tells', () => {
    const playback = opened(pool.openRing(PLAYBACK));
    const record = opened(pool.openRing(RECORD));
    expect([playback.controlBytes, playback.dataBytes]).toEqual([RING_BYTES - PAGE_BYTES, PAGE_BYTES]);
    expect([record.controlBytes, record.dataBytes]).toEqual([PAGE_BYTES, RING_BYTES - PAGE_BYTES]);
    for (const ring of [playback, record]) {
      expect(checkHeaders(ring.memory)).toBeUndefined();
      expect(sampleBytes(ring.memory).every((byte) => byte === 0)).toBe(true);
      ring.free();
    }
  });

  test('wakes its client over the socket that was handed over', () => {
    const ring = opened(pool.openRing(PLAYBACK));
    const fds = ring.takeFds();
    expect(fds).toHaveLength(3);
    expect(ring.takeFds()).toEqual([]);
    expect(wake(ring.wakeFd)).toBe(1);
    expect(pollReadable(fds[2] ?? -1, 1000)).toBe(1);
    closeAll(fds);
    ring.free();
  });

  test('of the server itself has no descriptors, and the same memory layout', () => {
    const ring = opened(pool.openPrivateRing(RECORD));
    expect([ring.wakeFd, ring.takeFds(), ring.controlBytes, ring.dataBytes]).toEqual([-1, [], 0, 0]);
    expect(checkHeaders(ring.memory)).toBeUndefined();
    expect(quota.usedBytes).toBe(RING_BYTES);
    ring.free();
    expect(quota.usedBytes).toBe(0);
  });

  test('of an impossible shape is our own mistake', () => {
    expect(() => pool.openRing({ ...PLAYBACK, capacityFrames: 1000 })).toThrow(RangeError);
    expect(() => pool.openPrivateRing({ ...PLAYBACK, frameBytes: 0 })).toThrow(RangeError);
    expect(quota.usedBytes).toBe(0);
  });

  test('of a listener holds no sound after it was freed, though the listener keeps its mapping', () => {
    const ring = opened(pool.openRing(RECORD));
    const [control = -1, data = -1, socket = -1] = ring.takeFds();
    const listener = must(map(data, ring.dataBytes, false));
    closeAll([control, data, socket]);
    sampleBytes(ring.memory).fill(99);
    const heard = new Uint8Array(viewOf(listener, ring.dataBytes));
    expect(heard[PAGE_BYTES]).toBe(99);
    ring.free();
    expect(heard.every((byte) => byte === 0)).toBe(true);
    unmap(listener, RING_BYTES - PAGE_BYTES);
  });

  test('freed twice is freed once', () => {
    const shared = opened(pool.openRing(PLAYBACK));
    const own = opened(pool.openPrivateRing(PLAYBACK));
    for (const ring of [shared, own]) {
      ring.free();
      ring.free();
    }
    expect(quota.usedBytes).toBe(0);
  });
});

describe('the quota', () => {
  test('counts both segments of all rings of a client, and is crossed by one ring too many', () => {
    const other = new Pool(quota, { uid: UID, kept });
    const rings = [
      opened(pool.openRing(PLAYBACK)),
      opened(other.openRing(RECORD)),
      opened(pool.openPrivateRing(RECORD)),
    ];
    expect(quota.usedBytes).toBe(3 * RING_BYTES);
    const fourth = opened(pool.openRing(PLAYBACK));
    expect(pool.openRing(PLAYBACK)).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(other.openPrivateRing(PLAYBACK)).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    fourth.free();
    rings.push(opened(pool.openRing(RECORD)));
    for (const ring of rings) ring.free();
    expect(quota.usedBytes).toBe(0);
  });
});

describe('memory that a client keeps', () => {
  test('stays charged to its user until the last process lets it go, even one that it was passed on to', async () => {
    const ring = opened(pool.openRing(RECORD));
    const fds = ring.takeFds();
    const [first, second] = [hold(fds), hold(fds)];
    await delay(50);
    closeAll(fds);
    ring.free();
    expect([quota.usedBytes, kept.bytesOf(UID), kept.bytesOf(UID + 1)]).toEqual([0, RING_BYTES, 0]);
    first.kill('SIGKILL');
    await delay(100);
    expect(kept.bytesOf(UID)).toBe(RING_BYTES);
    second.kill('SIGKILL');
    await until('nothing is kept', () => kept.bytesOf(UID) === 0);
  });

  test('is nothing for a client that unmapped before or after the server', async () => {
    for (const unmapsFirst of [true, false]) {
      const ring = opened(pool.openRing(PLAYBACK));
      const fds = ring.takeFds();
      const mapped = must(map(fds[0] ?? -1, ring.controlBytes, true));
      closeAll(fds);
      if (unmapsFirst) unmap(mapped, ring.controlBytes);
      ring.free();
      if (!unmapsFirst) unmap(mapped, ring.controlBytes);
      await until('nothing is kept', () => kept.bytesOf(UID) === 0);
    }
  });

  test('beyond the limit costs the user its shared memory, not its sound, and other users nothing', async () => {
    const shape: RingShape = { capacityFrames: 2 ** 18, frameBytes: 32, direction: 'record' };
    const hoarder = new Pool(new Quota(2 ** 30), { uid: UID, kept });
    const hoard: number[] = [];
    while (kept.bytesOf(UID) <= KEPT_BYTES_LIMIT) {
      const ring = opened(hoarder.openRing(shape));
      hoard.push(...ring.takeFds());
      ring.free();
    }
    expect(pool.openRing(PLAYBACK)).toMatchObject({ code: 'SHARED_MEMORY_UNAVAILABLE' });
    opened(pool.openPrivateRing(PLAYBACK)).free();
    opened(new Pool(quota, { uid: UID + 1, kept }).openRing(PLAYBACK)).free();
    closeAll(hoard);
    await until('nothing is kept', () => kept.bytesOf(UID) === 0);
    opened(pool.openRing(PLAYBACK)).free();
  });

  test.skipIf(!canMountFuse())(
    'can be locked by its client without anybody waiting for it',
    { timeout: 30_000 },
    async () => {
      const ring = opened(pool.openRing(PLAYBACK));
      const fds = ring.takeFds();
      const [control = -1] = fds;
      await withStuckFile(control, (stuck) => {
        discard(stuck);
        const before = performance.now();
        sampleBytes(ring.memory).fill(1);
        closeAll(fds);
        ring.free();
        expect(performance.now() - before).toBeLessThan(2000);
        expect(kept.bytesOf(UID)).toBe(RING_BYTES);
      });
      await until('nothing is kept', () => kept.bytesOf(UID) === 0);
    },
  );
});

test('1,000 rounds leave descriptors, mappings and memory where they were', { timeout: 60_000 }, async () => {
  const held = () => ({
    fds: readdirSync('/proc/self/fd').length,
    segments: readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .filter((line) => line.includes('memfd:weir')).length,
  });
  const rssBytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  const round = () => {
    for (const shape of [PLAYBACK, RECORD]) {
      const ring = opened(pool.openRing(shape));
      sampleBytes(ring.memory).fill(1);
      closeAll(ring.takeFds());
      ring.free();
      const own = opened(pool.openPrivateRing(shape));
      sampleBytes(own.memory).fill(1);
      own.free();
    }
  };
  for (let i = 0; i < 100; i++) round();
  await until('nothing is kept', () => kept.bytesOf(UID) === 0);
  const before = held();
  const rssBefore = rssBytes();
  for (let i = 0; i < 1000; i++) {
    round();
    if (i % 100 === 99) await delay(1);
  }
  await until('nothing is kept', () => kept.bytesOf(UID) === 0);
  expect(held()).toEqual(before);
  expect(before.segments).toBe(0);
  // 4,000 rings of 136 KiB would be 520 MiB.
  expect(rssBytes() - rssBefore).toBeLessThan(32 * 2 ** 20);
  expect(quota.usedBytes).toBe(0);
});
