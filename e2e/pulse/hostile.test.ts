import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONNECTIONS_PER_PROCESS } from '../../server/carrier/pulse/limits.js';
import { POOLS_MAX } from '../../server/carrier/pulse/memory/limits.js';
import { LIMIT_BOUNDS } from '../../server/config/schema.js';
import { Siege } from '../hostile/siege.js';
import type { PulseAttackName } from './hostile/attacker.js';
import type { PacatReport } from './hostile/pacat-bystander.js';
import { expectUndisturbed, PULSE_CAST } from './hostile/pulse-cast.js';

/** Own memory comes and goes with the garbage collector's mood; what these tests could make a server keep is far more. */
const HEAP_SLACK_KIB = 64 * 1024;
const LIMIT_MS = 60_000;

let siege: Siege<PulseAttackName, PacatReport>;

beforeAll(async () => {
  siege = await Siege.begin(PULSE_CAST);
}, LIMIT_MS);

/** What every test of this file is about: nobody else notices. */
afterAll(async () => {
  await using whole = siege;
  const outcome = await whole.end();
  expectUndisturbed(outcome);
  expect(outcome.grownKib).toBeLessThan(HEAP_SLACK_KIB);
}, LIMIT_MS);

describe('a pool', () => {
  test.each([
    ['unsealed', 'taken'],
    ['sealed as we would', 'taken'],
    ['sealed against us', 'ended'],
    ['sealed against growing only', 'ended'],
    ['empty', 'ended'],
    ['larger than any', 'ended'],
    ['a pipe', 'ended'],
    ['a directory', 'ended'],
    ['a device', 'ended'],
    ['an eventfd', 'ended'],
    ['a path', 'ended'],
    ['a file on tmpfs', 'ended'],
    ['a file on disk', 'ended'],
  ] as const)('%s: %s', async (attack, answer) => {
    expect(await siege.attack(attack)).toBe(answer);
  });

  test('on huge pages is not taken', async (context) => {
    const report = await siege.attack('huge pages');
    if (report === 'impossible here') context.skip('no huge pages in this kernel');
    expect(report).toBe('ended');
  });

  test('stays as large as it was, whatever its client does to it', async () => {
    expect(await siege.attack('a pool after it was taken')).toEqual({
      answer: 'taken',
      shrink: 'EPERM',
      grow: 'EPERM',
      punchHole: 'EPERM',
      seal: 'EPERM',
      alive: true,
    });
  });

  test('may be rewritten while it is read', async () => {
    expect(await siege.attack('a pool rewritten while it is read')).toEqual({ alive: true });
  });

  test('is referred to within its bounds, by its own id and as a memfd', async () => {
    expect(await siege.attack('references')).toEqual({
      whole: 'taken',
      lastByte: 'taken',
      beyond: 'ended',
      wrapped: 'ended',
      largest: 'ended',
      empty: 'ended',
      unknownPool: 'ended',
      unknownChannel: 'taken',
      posixShm: 'ended',
      writable: 'ended',
      farAway: 'taken',
      longBefore: 'taken',
    });
  });

  test('gives a block back at once, so that its id can be used again', async () => {
    expect(await siege.attack('a block id used again')).toEqual({ released: 1000, twice: 'ended' });
  });

  test('is one of two', async () => {
    const answers = [...Array<string>(POOLS_MAX).fill('taken'), 'ended'];
    expect(await siege.attack('many pools')).toEqual({ answers });
  });

  test('that hangs whoever seals or closes it holds up nobody', async (context) => {
    const report = await siege.attack('stuck and locked pools');
    if (report === 'impossible here') context.skip('no FUSE here');
    expect(report).toEqual({ file: 'ended', ended: true, offered: false, newcomer: true });
  });

  test('is gone with its client, and none of the server’s is sent', async () => {
    expect(await siege.attack('come and go')).toEqual({ rounds: 300, sent: 0 });
  });
});

test('descriptors where none belong are closed, and none where one belongs ends the connection', async () => {
  expect(await siege.attack('misplaced descriptors')).toEqual({
    early: true,
    two: 'ended',
    none: 'ended',
    notAgreed: 'ended',
    three: true,
    // Where more come than can be closed in time, the connection ends; none stays behind either way.
    thousand: expect.any(Boolean) as boolean,
  });
});

describe('what is no message', () => {
  const allEnd = (keys: string): unknown => Object.fromEntries(keys.split(' ').map((key) => [key, true]));
  test.each([
    ['fuzzed requests', { connections: true, alive: true }],
    ['requests cut off', { all: true }],
    ['hung up at every byte', 'done'],
    [
      'lengths that cannot be',
      allEnd('empty long longest negative longSound emptySound seekMode flaggedPacket fullRelease unknownFlags'),
    ],
  ] as const)('%s', async (attack, outcome) => {
    expect(await siege.attack(attack)).toEqual(outcome);
  });

  test('requests that are right, in no order that makes sense', async () => {
    expect(await siege.attack('a muddle of requests')).toEqual({ ended: 0, alive: true });
  });

  test('values that are none', async () => {
    expect(await siege.attack('values that are none')).toEqual({
      ...(allEnd('noCommand lengthsDiffer beyondThePacket unended notUtf8 withoutNul wrongTag more volumes') as object),
      manyProperties: 'TOOLARGE',
    });
  });

  test('what comes out of turn, or is not for clients', async () => {
    expect(await siege.attack('out of turn')).toEqual({
      nameFirst: 'ACCESS',
      nameEnded: true,
      noName: 'ACCESS',
      twice: 'ACCESS',
      twiceEnded: true,
      old: 'VERSION',
      wrongCookie: 'done',
      shortCookie: 'ended',
      kill: 'ACCESS',
      ring: 'ACCESS',
      module: 'ACCESS',
    });
  });
});

describe('floods', () => {
  test.each([
    ['legal seeks', { streams: 64, alive: true }],
    ['blocks of a group', true],
    ['a seesaw of latencies', true],
    ['the smallest fragments', { opened: true, alive: true }],
    ['drains without end', { last: 'BUSY', firstTold: true, alive: true }],
    ['streams that come and go', true],
    ['more streams than there may be', { opened: LIMIT_BOUNDS.streams.usual, then: 'TOOLARGE', records: 'done' }],
    ['uploads that are never made', true],
    ['an upload with fat properties', { counted: true, back: true }],
    ['fat properties', { answers: ['TOOLARGE', 'done'], lists: ['done', 'done', 'done'], alive: true }],
    ['changes that many watch', { alive: true, watching: true, told: true, bounded: true }],
    ['lists never read', { held: true }],
    ['sound never read', { opened: true, alive: true }],
    ['a slow header', { ended: true, soon: true }],
    ['a flood of questions', true],
    ['a flood of lists', true],
    ['a flood of subscriptions', true],
    ['a flood of names', true],
  ] as const)(
    '%s',
    async (attack, outcome) => {
      expect(await siege.attack(attack)).toEqual(outcome);
    },
    LIMIT_MS,
  );

  test('numbers from the ends', async () => {
    expect(await siege.attack('numbers from the ends')).toEqual({
      wide: 'NOTSUPPORTED',
      slow: 'NOTSUPPORTED',
      fast: 'NOTSUPPORTED',
      attrs: ['done', 'done', 'done', 'done'],
      fragments: ['done', 'done', 'done'],
      latency: 'done',
      alive: true,
    });
  });
});

describe('connections', () => {
  test('that say nothing keep nobody out', async () => {
    expect(await siege.attack('silent connections')).toEqual({ refused: true, all: true, soon: true });
  });

  test('of one process are so many at most', async () => {
    expect(await siege.attack('a crowd of connections')).toEqual({ kept: CONNECTIONS_PER_PROCESS, alive: true });
  });

  test.each([
    ['visits without end', { all: true }],
    ['hung up midway', 'gone'],
    ['streams that hardly lived', { refused: [], alive: true }],
    ['killed in the midst of it', 8],
  ] as const)('%s', async (attack, outcome) => {
    expect(await siege.attack(attack)).toEqual(outcome);
  });
});
