import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import { setLogLevel } from '../../observe/log.js';
import {
  CODE_TRIES_OF_ALL,
  CODE_TRIES_PER_ADDRESS,
  KEY_TRIES_PER_ADDRESS,
  PAIRINGS_MAX,
  SEEN_INTERVAL_MS,
} from './limits.js';
import { Pairings, type Redeemed, type Whence } from './pairings.js';

const PHONE: Whence = { address: '192.168.1.20' };
const FIREFOX = 'Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0';

let folder: string;
let revoked: string[];
let pairings: Pairings;
const stateDir = (): string => join(folder, 'state');
const storePath = (): string => join(stateDir(), 'pairings.json');

function open(): Pairings {
  const opened = new Pairings(stateDir(), (id) => revoked.push(id));
  opened.origins = ['https://192.168.1.2:4790', 'https://house.local:4790'];
  return opened;
}

beforeEach(() => {
  setLogLevel('silent');
  folder = mkdtempSync(join(tmpdir(), 'weir-pairings-'));
  revoked = [];
  pairings = open();
});
afterEach(() => rmSync(folder, { recursive: true }));

function orThrow<T>(value: T | WeirError): T {
  if (value instanceof WeirError) throw value;
  return value;
}

const codeOf = (of: Pairings): string => new URL(orThrow(of.invite('owner')).url).searchParams.get('code') ?? '';

async function pair(of = pairings, whence = PHONE): Promise<Redeemed> {
  return orThrow(await of.redeem(codeOf(of), FIREFOX, whence));
}

describe('a link', () => {
  test('is given by each of the server’s names, with one code', () => {
    const { url, otherUrls, expiresS, thisMachineOnly } = orThrow(pairings.invite('owner'));
    const [, code = ''] = /^https:\/\/192\.168\.1\.2:4790\/pair\?code=([\w-]{22})$/.exec(url) ?? [];
    expect(otherUrls).toEqual([`https://house.local:4790/pair?code=${code}`]);
    expect({ expiresS, thisMachineOnly }).toEqual({ expiresS: 600, thisMachineOnly: false });
  });

  test.each([['http://127.0.0.1:4790'], ['http://[::1]:4790'], ['http://localhost:80']])(
    'to %s is for browsers of this machine only',
    (origin) => {
      pairings.origins = [origin];
      expect(pairings.invite('owner')).toMatchObject({ thisMachineOnly: true });
    },
  );

  test('cannot be had before the server listens', () => {
    pairings.origins = [];
    expect(pairings.invite('owner')).toMatchObject({ code: 'TOO_BUSY' });
  });
});

describe('pairing', () => {
  test('gives a key of 256 bit that says whose it is, until it is taken back', async () => {
    const { key, pairing } = await pair();
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(pairing).toEqual({ id: pairing.id, name: 'Firefox on Android', role: 'owner' });
    expect(pairings.identify(key, { address: '192.168.1.99' })).toEqual(pairing);
    expect(pairings.all).toMatchObject([{ id: pairing.id, lastAddress: '192.168.1.99' }]);

    expect(await pairings.revoke(pairing.id)).toBeUndefined();
    expect(revoked).toEqual([pairing.id]);
    expect(pairings.identify(key, PHONE)).toMatchObject({ code: 'PAIRING_NEEDED' });
    expect(pairings.has(pairing.id)).toBe(false);
    expect(await pairings.revoke(pairing.id)).toMatchObject({ code: 'PAIRING_NOT_FOUND' });
  });

  test('two at once with the same code let one in', async () => {
    const code = codeOf(pairings);
    const both = await Promise.all([pairings.redeem(code, FIREFOX, PHONE), pairings.redeem(code, FIREFOX, PHONE)]);
    expect(both.filter((one) => one instanceof WeirError)).toMatchObject([{ code: 'LINK_INVALID' }]);
    expect(pairings.all).toHaveLength(1);
  });

  test('again replaces what the same browser had', async () => {
    const before = await pair();
    const after = orThrow(await pairings.redeem(codeOf(pairings), FIREFOX, PHONE, before.pairing.id));
    expect(after.key).not.toBe(before.key);
    expect(pairings.all.map(({ id }) => id)).toEqual([after.pairing.id]);
    expect(revoked).toEqual([before.pairing.id]);
  });

  test('over loopback makes a key for that user over loopback alone, and the other way round', async () => {
    const local = await pair(pairings, { address: '127.0.0.1', uid: 1001 });
    const remote = await pair();
    expect(pairings.identify(local.key, { address: '::1', uid: 1001 })).toEqual(local.pairing);
    for (const whence of [{ address: '127.0.0.1', uid: 1002 }, { address: '127.0.0.1', uid: 0 }, PHONE]) {
      expect(pairings.identify(local.key, whence)).toMatchObject({ code: 'PAIRING_NEEDED' });
    }
    expect(pairings.identify(remote.key, { address: '127.0.0.1', uid: 1001 })).toMatchObject({
      code: 'PAIRING_NEEDED',
    });
  });

  test('is bounded', async () => {
    const spare = codeOf(pairings);
    for (let i = 0; i < PAIRINGS_MAX; i += 1) await pair(pairings, { address: `10.0.0.${i}` });
    expect(pairings.invite('owner')).toMatchObject({ code: 'TOO_MANY_PAIRINGS' });
    expect(await pairings.redeem(spare, FIREFOX, PHONE)).toMatchObject({ code: expect.any(String) });
    expect(pairings.all).toHaveLength(PAIRINGS_MAX);
    expect(open().all).toHaveLength(PAIRINGS_MAX);
  });
});

describe('guessing', () => {
  test('codes from one address is cut short, right ones too; another address goes on', async () => {
    const code = codeOf(pairings);
    for (let i = 0; i < CODE_TRIES_PER_ADDRESS; i += 1) {
      expect(await pairings.redeem(`guess${i}`, FIREFOX, PHONE)).toMatchObject({ code: 'LINK_INVALID' });
    }
    expect(await pairings.redeem(code, FIREFOX, PHONE)).toMatchObject({ code: 'TOO_BUSY' });
    expect(await pairings.redeem(code, FIREFOX, { address: '192.168.1.21' })).toHaveProperty('key');
  });

  test('codes from many addresses is cut short as well', async () => {
    for (let i = 0; i < CODE_TRIES_OF_ALL; i += 1) {
      await pairings.redeem('guess', FIREFOX, { address: `10.0.${i >> 8}.${i & 255}` });
    }
    expect(await pairings.redeem('guess', FIREFOX, PHONE)).toMatchObject({ code: 'TOO_BUSY' });
  });

  test('keys is cut short, and whoever has a right one does not notice', async () => {
    const { key, pairing } = await pair();
    for (let i = 0; i < KEY_TRIES_PER_ADDRESS; i += 1) pairings.identify(`guess${i}`, PHONE);
    expect(pairings.identify('guess', PHONE)).toMatchObject({ code: 'TOO_BUSY' });
    expect(pairings.identify(key, PHONE)).toEqual(pairing);
  });
});

/** What may have become of the store; each is given what it held. */
const replaceBy = (text: string) => (): void => writeFileSync(storePath(), text);
const SPOILERS: Record<string, (before: string) => void> = {
  'no JSON': replaceBy('{"version": 1, "grants": ['),
  empty: replaceBy(''),
  'of another version': (before) => replaceBy(before.replace('"version": 1', '"version": 2'))(),
  'with a role that there is not': (before) => replaceBy(before.replace('"owner"', '"root"'))(),
  'with a key in the open': (before) => replaceBy(before.replace('"keyDigest"', '"key"'))(),
  'with more than it may hold': (before) => replaceBy(before + ' '.repeat(300_000))(),
  'a symbolic link': (before) => {
    writeFileSync(join(folder, 'elsewhere.json'), before, { mode: 0o600 });
    rmSync(storePath());
    symlinkSync(join(folder, 'elsewhere.json'), storePath());
  },
  'a folder': () => {
    rmSync(storePath());
    mkdirSync(storePath());
  },
  'for others to write': () => chmodSync(storePath(), 0o622),
  'in a folder for others to write': () => chmodSync(stateDir(), 0o777),
};

describe('the store', () => {
  test('holds digests alone, is the owner’s alone, and outlives the server', async () => {
    const { key, pairing } = await pair();
    expect(statSync(storePath()).mode & 0o777).toBe(0o600);
    expect(readFileSync(storePath(), 'utf8')).not.toContain(key);
    expect(readdirSync(stateDir())).toEqual(['pairings.json']);
    expect(open().identify(key, PHONE)).toEqual(pairing);

    await pairings.revoke(pairing.id);
    expect(open().identify(key, PHONE)).toMatchObject({ code: 'PAIRING_NEEDED' });
  });

  test('hears of who was seen once a minute, not at each request', async () => {
    let nowMs = performance.now();
    using _clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const watched = open();
    const { key } = await pair(watched);
    const written = statSync(storePath()).ino;
    nowMs += SEEN_INTERVAL_MS - 1;
    watched.identify(key, { address: '10.9.9.9' });
    await wait(100);
    expect(statSync(storePath()).ino).toBe(written);
    nowMs += 1;
    watched.identify(key, { address: '10.9.9.10' });
    await vi.waitFor(() => expect(open().all[0]?.lastAddress).toBe('10.9.9.10'));
  });

  test.each(Object.keys(SPOILERS))('that is %s lets nobody in and is left as it is', async (kind) => {
    const { key } = await pair();
    SPOILERS[kind]?.(readFileSync(storePath(), 'utf8'));
    const spoilt = readdirSync(stateDir()).map((name) => [name, lstatSync(join(stateDir(), name)).ino]);
    const closed = open();
    expect(closed.broken).toMatchObject({ code: 'PAIRINGS_UNREADABLE' });
    expect(closed.broken?.what).toContain(storePath());
    expect(closed.broken?.what).not.toContain('\n');
    expect(closed.identify(key, PHONE)).toMatchObject({ code: 'PAIRINGS_UNREADABLE' });
    expect(closed.invite('owner')).toMatchObject({ code: 'PAIRINGS_UNREADABLE' });
    expect(await closed.redeem('x', FIREFOX, PHONE)).toMatchObject({ code: 'PAIRINGS_UNREADABLE' });
    expect(await closed.revoke('x')).toMatchObject({ code: 'PAIRINGS_UNREADABLE' });
    expect(readdirSync(stateDir()).map((name) => [name, lstatSync(join(stateDir(), name)).ino])).toEqual(spoilt);
  });

  test('that cannot be written lets nobody new in, and what was taken back stays so', async () => {
    const { key, pairing } = await pair();
    mkdirSync(`${storePath()}.new`);
    writeFileSync(join(`${storePath()}.new`, 'in the way'), '');
    expect(await pairings.redeem(codeOf(pairings), FIREFOX, PHONE)).toMatchObject({ code: 'PAIRINGS_UNWRITABLE' });
    expect(pairings.all).toHaveLength(1);
    expect(await pairings.revoke(pairing.id)).toMatchObject({ code: 'PAIRINGS_UNWRITABLE' });
    expect(pairings.identify(key, PHONE)).toMatchObject({ code: 'PAIRING_NEEDED' });
  });

  test('is written through a fresh file: a link planted in its place is not followed', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    mkdirSync(stateDir(), { mode: 0o700, recursive: true });
    symlinkSync(victim, `${storePath()}.new`);
    await pair();
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(lstatSync(storePath()).isFile()).toBe(true);
  });
});
