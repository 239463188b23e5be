import { writeSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { memfd, must } from '../../../../native-shim/sys.js';
import { duplicate } from '../../../mempool/libc.fixture.js';
import { WeirError } from '../../../observe/errors.js';
import { BLOCK_LIMIT_BYTES } from '../wire/limits.js';
import { POOLS_MAX, USER_POOL_BYTES_MAX } from './limits.js';
import { ClientPools, PoolHouse } from './pools.js';

const UID = 1000;
const MIB = 1024 * 1024;
const house = new PoolHouse();
afterAll(() => {
  house.close();
});

const pool = () => must(memfd('pulseaudio', MIB));

describe('the pools of a connection', () => {
  test('give the bytes that a frame names, by the client’s own id', async () => {
    const pools = new ClientPools(house, UID);
    const fd = pool();
    writeSync(fd, Uint8Array.of(1, 2, 3, 4), 0, 4, 64);
    expect(await pools.register(0x516b_9558, duplicate(fd))).toBeUndefined();
    const block = pools.block({ block: 0, pool: 0x516b_9558, index: 64, lengthBytes: 4 });
    if (block instanceof WeirError) throw block;
    const into = new Uint8Array(4);
    expect([block.length, block.copy(1, into, 1, 3), ...into]).toEqual([4, 3, 0, 2, 3, 4]);
    pools.close();
  });

  test.each([
    ['an id that is unknown', { pool: 2 }, 'BAD_MESSAGE'],
    ['no bytes', { lengthBytes: 0 }, 'BAD_MESSAGE'],
    ['bytes over the end', { index: MIB - 4, lengthBytes: 8 }, 'BAD_MESSAGE'],
    ['bytes whose end wraps', { index: 0xffff_fffc, lengthBytes: 8 }, 'BAD_MESSAGE'],
    ['more than a block', { lengthBytes: BLOCK_LIMIT_BYTES + 1 }, 'MESSAGE_TOO_LARGE'],
  ])('refuse %s', async (_, wrong, code) => {
    const pools = new ClientPools(house, UID);
    await pools.register(1, pool());
    expect(pools.block({ block: 0, pool: 1, index: 0, lengthBytes: 4, ...wrong })).toMatchObject({ code });
    pools.close();
  });

  test('take an id once, also while it is being sealed, and no more than POOLS_MAX', async () => {
    const pools = new ClientPools(house, UID);
    const first = pools.register(1, pool());
    expect(pools.block({ block: 0, pool: 1, index: 0, lengthBytes: 4 })).toMatchObject({ code: 'BAD_MESSAGE' });
    expect(await pools.register(1, pool())).toMatchObject({ code: 'BAD_MESSAGE' });
    expect(await first).toBeUndefined();
    for (let id = 2; id <= POOLS_MAX; id++) expect(await pools.register(id, pool())).toBeUndefined();
    expect(await pools.register(POOLS_MAX + 1, pool())).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    pools.close();
    expect(pools.block({ block: 0, pool: 1, index: 0, lengthBytes: 4 })).toMatchObject({ code: 'BAD_MESSAGE' });
  });

  test('forget what was refused: the id is free again', async () => {
    const pools = new ClientPools(house, UID);
    expect(await pools.register(1, must(memfd('pulseaudio', 0)))).toMatchObject({ code: 'FD_WRONG_SIZE' });
    expect(await pools.register(1, pool())).toBeUndefined();
    pools.close();
  });

  test('end well while one is being sealed', async () => {
    const pools = new ClientPools(house, UID);
    const registered = pools.register(1, pool());
    pools.close();
    expect(await registered).toBeUndefined();
    expect(pools.block({ block: 0, pool: 1, index: 0, lengthBytes: 4 })).toMatchObject({ code: 'BAD_MESSAGE' });
  });
});

test('all pools of a user are counted, until they are gone', async () => {
  const own = new PoolHouse();
  own.count(UID, USER_POOL_BYTES_MAX - MIB);
  const pools = new ClientPools(own, UID);
  expect(await pools.register(1, pool())).toBeUndefined();
  expect(own.refusal(UID)).toMatchObject({ code: 'SHARED_MEMORY_UNAVAILABLE' });
  expect(await pools.register(2, pool())).toMatchObject({ code: 'SHARED_MEMORY_UNAVAILABLE' });
  expect(own.refusal(UID + 1)).toBeUndefined();
  pools.close();
  expect(own.refusal(UID)).toBeUndefined();
  own.close();
});
