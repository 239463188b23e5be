import { openSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { weir } from '#proto';
import { Deframer, frameOf } from '../../../native-shim/client/framing.js';
import {
  addSeals,
  close,
  connect,
  memfd,
  must,
  receive,
  SEAL,
  send,
  SysError,
  wakePair,
} from '../../../native-shim/sys.js';
import { MESSAGE_LIMIT_BYTES, UNSENT_CONTROL_LIMIT_BYTES } from '../../session/limits.js';
import { ACCEPTS_PER_TURN } from '../limits.js';
import { openWish, TestHouse, Unread } from './house.fixture.js';
import { WAITING_FDS_MAX } from './limits.js';

let house: TestHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const descriptors = () => readdirSync('/proc/self/fd').length;

/** Counted when the thread that finds the client's program has answered: it has descriptors of its own. */
async function descriptorsAtRest({ house }: TestHouse): Promise<number> {
  const programs = () => [...house.reception.all].map(({ peer }) => peer.program);
  for (let i = 0; i < 500 && programs().includes(undefined); i++) await sleep(10);
  return descriptors();
}

/** Open descriptors of segments. */
const segments = () => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith('/memfd:weir-'));

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // the look at the folder itself
  }
}

const SIZE = 4096;

function sealed(seals = SEAL.SHRINK | SEAL.GROW | SEAL.WRITE | SEAL.SEAL, sizeBytes = SIZE): number {
  const fd = must(memfd('test', sizeBytes));
  must(addSeals(fd, seals));
  return fd;
}

const upload = (name = 'ping', sizeBytes = SIZE): { uploadSample: weir.v1.IUploadSample } => ({
  uploadSample: { name, format: weir.v1.SampleFormat.S16, rate: 48_000, channels: 1, sizeBytes },
});

describe('descriptors', () => {
  test(
    'a sealed sample is taken, played by name, removed, and leaves nothing behind',
    { timeout: 20_000 },
    async () => {
      const made = (house = new TestHouse());
      const client = await made.greeted();
      const before = await descriptorsAtRest(made);
      const fd = sealed();
      expect((await client.ask(upload(), [fd])).done).toBeTruthy();
      close(fd);
      expect(descriptors()).toBe(before);
      expect((await client.ask({ playSample: { name: 'ping' } })).done).toBeTruthy();
      expect((await client.ask({ removeSample: { name: 'ping' } })).done).toBeTruthy();
      expect((await client.ask({ playSample: { name: 'ping' } })).failure?.code).toBe('SAMPLE_NOT_FOUND');
      const session = [...made.house.reception.all][0];
      for (let i = 0; i < 300 && (session?.quota.usedBytes ?? 1) > 0; i++) await sleep(10);
      expect(session?.quota.usedBytes).toBe(0);
    },
  );

  test.each([
    ['FD_UNSEALED', () => sealed(SEAL.SHRINK | SEAL.GROW)],
    ['FD_WRONG_SIZE', () => sealed(undefined, 2 * SIZE)],
    ['FD_NOT_MEMFD', () => must(wakePair())[0]],
    ['FD_NOT_MEMFD', () => openSync('/tmp', 'r')],
    ['FD_NOT_MEMFD', () => openSync('/dev/zero', 'r')],
  ])('%s', async (code, make) => {
    const client = await (house = new TestHouse()).greeted();
    const fd = make();
    expect((await client.ask(upload(), [fd])).failure?.code).toBe(code);
    close(fd);
    expect((await client.ask({ clockPing: {} })).clockPong).toBeTruthy();
  });

  test('those of a stream that opens while its client is let go of are closed', () => {
    const made = (house = new TestHouse());
    const client = new Unread(made);
    const ring = { transport: weir.v1.Transport.RING, paused: true };
    client.say(openWish({ ...ring, latencyUs: 200_000 }));
    expect([...made.house.streams.all]).toHaveLength(1);
    client.taking = false;
    // The quantum follows the smaller wish: to hear of that is too much for this client.
    client.say(openWish({ ...ring, latencyUs: 5000 }));
    expect([client.over, [...made.house.streams.all]]).toEqual([true, []]);
    expect(segments()).toEqual([]);
  });

  test('none with an upload is an answer; more than any message names end the connection', async () => {
    const made = (house = new TestHouse());
    const client = await made.greeted();
    expect((await client.ask(upload())).failure?.code).toBe('FD_MISSING');
    const before = await descriptorsAtRest(made);
    const fd = sealed();
    for (let i = 0; i <= WAITING_FDS_MAX; i++) client.socket.send(frameOf({ clockPing: {} }), [fd]);
    expect(await client.lastWords()).toBe('BAD_MESSAGE');
    close(fd);
    for (let i = 0; i < 100 && descriptors() > before; i++) await sleep(10);
    expect(descriptors()).toBeLessThanOrEqual(before);
  });

  test('those of a ring are closed here, whether its client reads them or is gone', { timeout: 20_000 }, async () => {
    const made = (house = new TestHouse());
    await made.greeted();
    await sleep(20);
    const before = await descriptorsAtRest(made);
    for (let i = 0; i < 5; i++) {
      // A client that asks for rings and never reads an answer.
      const fd = must(connect(made.path));
      const hello = frameOf({ hello: { major: 1, name: 'deaf', sharedMemory: true } });
      must(send(fd, hello));
      for (let stream = 0; stream < 8; stream++) {
        const id = new Uint8Array(16).fill(stream);
        const wish = { id, direction: 1, format: 1, rate: 48_000, channels: 2, transport: 1 };
        must(send(fd, frameOf({ openStream: wish })));
      }
      await sleep(50);
      close(fd);
    }
    // The engine thread has descriptors of its own.
    for (let i = 0; i < 300 && descriptors() > before + 3; i++) await sleep(20);
    expect(descriptors()).toBeLessThanOrEqual(before + 3);
  });
});

test('a client that never reads is held in bounded memory, and let go', { timeout: 30_000 }, async () => {
  const made = (house = new TestHouse());
  const fd = must(connect(made.path));
  must(send(fd, frameOf({ hello: { major: 1, name: 'deaf' } })));
  await sleep(50);
  const session = [...made.house.reception.all][0];
  const ask = frameOf({ requestId: 1, playSample: { name: 'x'.repeat(100) } }); // an answer longer than the question
  let most = 0;
  for (let i = 0; i < 2000 && !session?.ended; i++) {
    for (let k = 0; k < 20; k++) if (send(fd, ask) instanceof SysError) break;
    await sleep(11);
    most = Math.max(most, process.memoryUsage().external);
  }
  expect(session?.ended).toBe(true);
  expect(most).toBeLessThan(UNSENT_CONTROL_LIMIT_BYTES * 64);
  expect([...made.house.reception.all]).toEqual([]);
  close(fd);
});

/** Of the last message that was no answer, read to the end of the connection. */
async function lastWordsOf(fd: number): Promise<string | undefined> {
  const deframer = new Deframer(MESSAGE_LIMIT_BYTES);
  for (let words: string | undefined; ; await sleep(1)) {
    const got = receive(fd, deframer.room(), 1);
    if (got instanceof SysError && got.errno === 'EAGAIN') continue;
    if (got instanceof SysError || got.length === 0) return words;
    deframer.filled(got.length);
    for (let bytes = deframer.next(); bytes instanceof Uint8Array; bytes = deframer.next()) {
      const { requestId, failure } = weir.v1.ServerMessage.decode(bytes.slice());
      if (requestId === 0 && failure) words = failure.code ?? '';
    }
  }
}

test('a client that reads late reads why; one that never does is let go', { timeout: 30_000 }, async () => {
  const made = (house = new TestHouse());
  const [late, deaf] = [must(connect(made.path)), must(connect(made.path))];
  const pings = Buffer.concat(Array.from({ length: 200 }, () => frameOf({ requestId: 1, clockPing: { t1Us: 1 } })));
  for (const fd of [late, deaf]) must(send(fd, frameOf({ hello: { major: 1, name: 'flood' } })));
  await sleep(20);
  const guests = () => [...made.house.reception.all];
  expect(guests()).toHaveLength(2);
  for (let i = 0; i < 1000 && guests().length > 0; i++) {
    for (const fd of [late, deaf]) send(fd, pings);
    await sleep(1);
  }
  expect(guests()).toEqual([]);
  expect(await lastWordsOf(late)).toBe('TOO_BUSY');
  close(late);
  const sends = () => {
    const sent = send(deaf, pings);
    return !(sent instanceof SysError) || sent.errno === 'EAGAIN';
  };
  for (let i = 0; i < 1000 && sends(); i++) await sleep(10);
  expect(sends()).toBe(false);
  close(deaf);
});

test('a flood of connections is refused one by one; those that are in stay', { timeout: 30_000 }, async () => {
  const made = (house = new TestHouse(['null'], { clients: 8 }));
  const client = await made.greeted();
  const before = await descriptorsAtRest(made);
  const flood: number[] = [];
  for (let i = 0; i < 500; i++) {
    const fd = connect(made.path);
    if (!(fd instanceof SysError)) flood.push(fd);
    // A connect to a full backlog waits, and who would accept it is this very thread.
    if (i % ACCEPTS_PER_TURN === 0) await sleep(5);
  }
  expect((await client.ask({ clockPing: { t1Us: 3 } })).clockPong?.t1Us).toBe(3);
  for (const fd of flood) close(fd);
  for (let i = 0; i < 200 && descriptors() > before; i++) await sleep(10);
  expect(descriptors()).toBeLessThanOrEqual(before);
  // Those that left before they were accepted take their places first, for as long as it takes to see that they are gone.
  await vi.waitFor(() => made.greeted(), { timeout: 10_000 });
});
