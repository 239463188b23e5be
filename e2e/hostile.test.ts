import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMIT_BOUNDS } from '../server/config/schema.js';
import type { AttackName } from './hostile/attacker.js';
import type { BystanderReport } from './hostile/bystander.js';
import { expectUndisturbed, NATIVE_CAST } from './hostile/native-cast.js';
import { Siege } from './hostile/siege.js';

/** Own memory comes and goes with the garbage collector's mood; what these tests could make a server keep is far more. */
const HEAP_SLACK_KIB = 48 * 1024;
const LIMIT_MS = 60_000;

let siege: Siege<AttackName, BystanderReport>;

beforeAll(async () => {
  siege = await Siege.begin(NATIVE_CAST);
}, LIMIT_MS);

/** What every test of this file is about: nobody else notices. */
afterAll(async () => {
  await using whole = siege;
  const outcome = await whole.end();
  expectUndisturbed(outcome);
  expect(outcome.grownKib).toBeLessThan(HEAP_SLACK_KIB);
}, LIMIT_MS);

describe('a descriptor for a sample', () => {
  test.each([
    ['unsealed', 'FD_UNSEALED'],
    ['writable though sealed', 'FD_UNSEALED'],
    ['smaller than said', 'FD_WRONG_SIZE'],
    ['larger than said', 'FD_WRONG_SIZE'],
    ['empty', 'FD_WRONG_SIZE'],
    ['a pipe', 'FD_NOT_MEMFD'],
    ['a directory', 'FD_NOT_MEMFD'],
    ['a device', 'FD_NOT_MEMFD'],
    ['an eventfd', 'FD_NOT_MEMFD'],
    ['a file on tmpfs', 'FD_UNSEALED'],
    ['a file on disk', 'FD_NOT_MEMFD'],
  ] as const)('%s is refused: %s', async (attack, answer) => {
    expect(await siege.attack(attack)).toEqual({ answer, alive: true });
  });

  test('on huge pages is refused, sealed or not', async (context) => {
    const report = await siege.attack('huge pages');
    if (report === 'impossible here') context.skip('no huge pages in this kernel');
    expect(report).toEqual({ answer: 'FD_NOT_MEMFD', alive: true });
  });

  test(
    'that hangs whoever asks or closes it holds up nobody, however many there are',
    async (context) => {
      const report = await siege.attack('a stuck file and a locked memfd');
      if (report === 'impossible here') context.skip('no FUSE here');
      // A connection ends when the server has its hands full of descriptors that it cannot get rid of.
      const answers = ['FD_NOT_MEMFD', 'ended '];
      expect(report).toEqual({ stuck: 'FD_NOT_MEMFD', lockedToo: 'FD_UNSEALED', quick: true, answers, alive: true });
    },
    LIMIT_MS,
  );

  test('cannot be shrunk after it was taken', async () => {
    const taken = { sealed: 'done', shrunkAfter: 'EPERM', played: 'done' };
    expect(await siege.attack('shrink')).toEqual({ unsealed: 'FD_UNSEALED', shrunk: 'done', ...taken, alive: true });
  });

  test('cannot be changed after it was taken, nor taken while somebody can', async () => {
    expect(await siege.attack('modify a sample')).toEqual({
      sealWhileMapped: 'EBUSY',
      uploadWhileMapped: 'FD_UNSEALED',
      upload: 'done',
      mapWritable: 'EPERM',
      makeWritable: 'EACCES',
      write: 'EPERM',
      shrink: 'EPERM',
      grow: 'EPERM',
      punchHole: 'EPERM',
      seal: 'EPERM',
      alive: true,
    });
  });
});

describe('descriptors where none belong', () => {
  test('a few are borne, one too many ends the connection', async () => {
    const borne = { hello: 'welcome', ping: 'clockPong', oneMore: 'clockPong' };
    expect(await siege.attack('misplaced descriptors')).toEqual({
      ...borne,
      then: 'ended BAD_MESSAGE',
      missing: 'FD_MISSING',
    });
  });

  test('as many as the kernel carries end the connection', async () => {
    expect(await siege.attack('too many descriptors')).toEqual({ sixteen: 'clockPong', all: true });
  });
});

describe('a ring', () => {
  test.each([
    'a counter that goes back',
    'a counter beyond the capacity',
    'a counter half the world away',
    'a racing counter',
    'a racing counter within bounds',
    'pages of garbage',
  ] as const)(
    '%s: the stream is closed and its owner told',
    async (attack) => {
      expect(await siege.attack(attack)).toEqual({ closed: 'RING_CORRUPT', alive: true });
    },
    LIMIT_MS,
  );

  test('whose wake-up socket takes nothing more', async () => {
    expect(await siege.attack('a blocked wake-up socket')).toEqual({ flags: 0, filled: true, alive: true });
  });

  test('neither segment can be resized, the server’s own not even written', async () => {
    const never = { shrink: 'EPERM', grow: 'EPERM', seal: 'EPERM' };
    const control = { mapWritable: 'done', makeWritable: 'done', write: 'done', punchHole: 'done', ...never };
    const data = { mapWritable: 'EPERM', makeWritable: 'EACCES', write: 'EPERM', punchHole: 'EPERM', ...never };
    const both = { control, data, moreSeals: 'EPERM', sealed: 7 };
    expect(await siege.attack('the server’s segments')).toEqual({ playback: both, record: both, alive: true });
  });

  test(
    'that is kept mapped after its stream is silent and counted, and some are the most',
    async () => {
      expect(await siege.attack('kept mappings')).toEqual({
        heard: true,
        silent: true,
        kept: true,
        refusal: 'SHARED_MEMORY_UNAVAILABLE',
        copies: 'streamOpened',
        alive: true,
      });
      // With the program that kept them gone, there is shared memory again.
      const stream = await siege.keeper.play({
        format: 's16',
        rate: 48_000,
        channels: 2,
        device: 'yard',
        transport: 'ring',
      });
      expect(stream.transport).toBe('ring');
      await stream.close();
    },
    LIMIT_MS,
  );
});

describe('floods', () => {
  test.each([
    ['a flood of requests', 'TOO_BUSY'],
    ['a flood of packets', 'TOO_BUSY'],
    ['a flood of streams', { opened: LIMIT_BOUNDS.streams.usual, answer: 'TOO_MANY_STREAMS', large: 'QUOTA_EXCEEDED' }],
    ['a flood of connections', ['HELLO_FIRST', 'TOO_MANY_CLIENTS']],
    ['ignored grants', { dropped: 'GRANT_EXCEEDED', alive: true }],
    ['answers never read', { ended: true }],
    ['sound never read', { dropped: 'READER_STALLED', alive: true }],
    ['open and close', { opened: 300, alive: true }],
    ['come and go', 150],
  ] as const)(
    '%s',
    async (attack, outcome) => {
      expect(await siege.attack(attack)).toEqual(outcome);
    },
    LIMIT_MS,
  );
});

describe('what is no message', () => {
  test.each([
    ['fuzzed messages', { sent: 10_000, connections: true, alive: true }],
    ['random frames', ['BAD_MESSAGE']],
    ['truncated frames', expect.any(Number) as number],
    ['too long', Array<string>(3).fill('MESSAGE_TOO_LARGE')],
    ['out of turn', { early: 'ended HELLO_FIRST', twice: 'BAD_MESSAGE', old: 'VERSION_MISMATCH' }],
  ] as const)(
    '%s',
    async (attack, outcome) => {
      expect(await siege.attack(attack)).toEqual(outcome);
    },
    LIMIT_MS,
  );
});
