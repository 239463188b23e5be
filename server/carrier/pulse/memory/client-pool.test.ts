import { openSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { addSeals, getSeals, map, memfd, must, SEAL } from '../../../../native-shim/sys.js';
import { viewOf } from '../../../../native-shim/library.js';
import { canMountFuse, withStuckFile } from '../../../mempool/fuse.fixture.js';
import { attacks, duplicate, hugePagesMemfd, pipe, truncate } from '../../../mempool/libc.fixture.js';
import { WeirError } from '../../../observe/errors.js';
import { ClientPool } from './client-pool.js';
import { HUNG_SEALS_PER_USER, POOL_BYTES_MAX, SEAL_LIMIT_MS } from './limits.js';
import { SealDesk } from './seal-desk.js';

const UID = 1000;
const MIB = 1024 * 1024;
const SIZE_BYTES = 64 * MIB;
const ALL_SEALS = SEAL.SEAL | SEAL.SHRINK | SEAL.GROW | SEAL.FUTURE_WRITE;

const desk = new SealDesk();
afterAll(() => {
  desk.close();
});

const admit = (fd: number) => ClientPool.admit(fd, UID, desk);
const codeOf = (pool: ClientPool | WeirError) => (pool instanceof WeirError ? pool.code : 'taken');
const filesOpen = (name: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(`/memfd:${name}`);
    } catch {
      return false;
    }
  }).length;

async function taken(fd: number): Promise<ClientPool> {
  const pool = await admit(fd);
  if (pool instanceof WeirError) throw pool;
  return pool;
}

describe('a pool as libpulse sends it, without any seal', () => {
  test('is sealed before it is used, and its client can do nothing more about its size', async () => {
    const theirs = must(memfd('pulseaudio', SIZE_BYTES));
    const mapping = new Uint8Array(viewOf(must(map(theirs, SIZE_BYTES, true)), SIZE_BYTES));
    const pool = await taken(duplicate(theirs));
    expect(must(getSeals(theirs)) & ALL_SEALS).toBe(ALL_SEALS);
    expect(attacks(theirs, SIZE_BYTES)).toMatchObject({ shrink: 'EPERM', grow: 'EPERM', punchHole: 'EPERM' });
    mapping.fill(7, 100, 200);
    const into = new Uint8Array(102);
    expect(pool.read(100, into, 1, 100)).toBe(100);
    expect([...into]).toEqual([0, ...new Array<number>(100).fill(7), 0]);
    pool.close();
  });

  test('costs nothing where nothing was written', async () => {
    const pool = await taken(must(memfd('pulseaudio', SIZE_BYTES)));
    const into = new Uint8Array(4096).fill(9);
    expect(pool.read(MIB, into, 0, 4096)).toBe(4096);
    expect(into.every((byte) => byte === 0)).toBe(true);
    pool.close();
  });

  test('knows its borders to the byte, in numbers beyond 32 bits', async () => {
    const pool = await taken(must(memfd('pulseaudio', SIZE_BYTES)));
    expect(pool.holds(SIZE_BYTES - 4, 4)).toBe(true);
    expect(pool.holds(SIZE_BYTES - 4, 5)).toBe(false);
    expect(pool.holds(0xffff_ffff, 0xffff_ffff)).toBe(false);
    expect(pool.holds(0xffff_fffc, 8)).toBe(false);
    expect(pool.holds(0, 0)).toBe(false);
    pool.close();
  });

  test('leaves no descriptor, and no reading after its end', async () => {
    for (let turn = 0; turn < 50; turn++) {
      const pool = await taken(must(memfd('leak-test', MIB)));
      pool.close();
      pool.close();
      expect(pool.read(0, new Uint8Array(4), 0, 4)).toBe(0);
    }
    await expect.poll(() => filesOpen('leak-test')).toBe(0);
  });

  test('that came write-only is silence', async () => {
    const fd = must(memfd('pulseaudio', MIB));
    const pool = await taken(openSync(`/proc/self/fd/${fd}`, 'r+'));
    expect(pool.read(0, new Uint8Array(4), 0, 4)).toBe(4);
    pool.close();
    const other = must(memfd('pulseaudio', MIB));
    const { O_WRONLY } = (await import('node:fs')).constants;
    const blind = await taken(openSync(`/proc/self/fd/${other}`, O_WRONLY));
    expect(blind.read(0, new Uint8Array(4), 0, 4)).toBe(0);
    blind.close();
  });
});

describe('a pool that is sealed already', () => {
  test('is taken where its size cannot change', async () => {
    const fd = must(memfd('pulseaudio', MIB));
    must(addSeals(fd, SEAL.SEAL | SEAL.SHRINK | SEAL.GROW));
    expect(codeOf(await admit(fd))).toBe('taken');
  });

  test('is refused where it can', async () => {
    const fd = must(memfd('pulseaudio', MIB));
    must(addSeals(fd, SEAL.SEAL | SEAL.GROW));
    expect(codeOf(await admit(fd))).toBe('FD_UNSEALED');
  });
});

describe('is refused', () => {
  test.each([
    ['a pipe', () => pipe()[0]],
    ['/dev/zero', () => openSync('/dev/zero', 'r+')],
    ['a directory', () => openSync('/', 'r')],
    ['a file on a disk', () => openSync(process.execPath, 'r')],
    ['a descriptor that is none', () => 1_000_000],
  ])('%s', async (_, open) => {
    expect(codeOf(await admit(open()))).toBe('FD_NOT_MEMFD');
  });

  test('memory on huge pages', async (context) => {
    const fd = hugePagesMemfd(2 * MIB);
    if (fd < 0) context.skip('no huge pages in this kernel');
    expect(codeOf(await admit(fd))).toBe('FD_NOT_MEMFD');
  });

  test('an empty one, and one beyond the limit', async () => {
    expect(codeOf(await admit(must(memfd('pulseaudio', 0))))).toBe('FD_WRONG_SIZE');
    expect(codeOf(await admit(must(memfd('pulseaudio', POOL_BYTES_MAX + 4096))))).toBe('FD_WRONG_SIZE');
  });
});

test('shrinking it while it is being sealed makes a block come up short, no fault', async () => {
  const fd = must(memfd('pulseaudio', MIB));
  const admitted = admit(duplicate(fd));
  const shrunk = truncate(fd, 100);
  const pool = await admitted;
  if (pool instanceof WeirError) throw pool;
  expect(pool.sizeBytes).toBe(shrunk === 'done' ? 100 : MIB);
  expect(pool.read(0, new Uint8Array(200), 0, 200)).toBe(shrunk === 'done' ? 100 : 200);
  pool.close();
});

describe.skipIf(!canMountFuse())('a client that holds the lock of its own memory', { timeout: 30_000 }, () => {
  test('makes nobody wait: reads go on, sealing ends in a refusal, others are served, and it gets no more', async () => {
    const before = must(memfd('pulseaudio', MIB));
    writeSync(before, new Uint8Array(4096).fill(5), 0, 4096, 8192);
    const pool = await taken(duplicate(before));
    const locked = must(memfd('pulseaudio', MIB));
    await withStuckFile(before, async () => {
      const into = new Uint8Array(4096);
      const start = performance.now();
      expect(pool.read(8192, into, 0, 4096)).toBe(4096);
      expect(performance.now() - start).toBeLessThan(500);
      expect(into.every((byte) => byte === 5)).toBe(true);
    });
    pool.close();
    await withStuckFile(locked, async () => {
      const other = 1001;
      const start = performance.now();
      const hanging = Array.from({ length: HUNG_SEALS_PER_USER }, () =>
        ClientPool.admit(duplicate(locked), other, desk),
      );
      expect(codeOf(await admit(must(memfd('pulseaudio', MIB))))).toBe('taken');
      expect(performance.now() - start).toBeLessThan(SEAL_LIMIT_MS);
      for (const refused of await Promise.all(hanging)) expect(codeOf(refused)).toBe('FD_UNSEALED');
      expect(desk.refusal(other)?.code).toBe('SHARED_MEMORY_UNAVAILABLE');
      expect(desk.refusal(UID)).toBeUndefined();
    });
    // The kernel lets go of them: the user is trusted again.
    await expect.poll(() => desk.refusal(1001), { timeout: 10_000 }).toBeUndefined();
    await delay(0);
  });
});
