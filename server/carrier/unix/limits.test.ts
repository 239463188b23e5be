import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { weir } from '#proto';
import { Deframer, frameOf } from '../../../native-shim/client/framing.js';
import { addSeals, close, connect, memfd, must, receive, send, SysError } from '../../../native-shim/sys.js';
import { SLOT_LIMIT } from '../../engine/limits.js';
import { SAMPLE_SEALS } from '../../mempool/import.js';
import {
  MESSAGE_LIMIT_BYTES,
  PACKETS_PER_SECOND,
  SAMPLE_BYTES_MAX,
  SAMPLE_NAME_CHARACTERS_MAX,
  SAMPLES_PER_CLIENT,
} from '../../session/limits.js';
import {
  ADOPT_INTERVAL_MS,
  NAME_CHARACTERS_MAX,
  ORPHAN_LIMIT_MS,
  UNSENT_AUDIO_LIMIT_BYTES,
} from '../../stream/limits.js';
import { type Client, failureCode, opened, openWish, TestHouse, Unread } from './house.fixture.js';

const { Direction, SampleFormat } = weir.v1;
const { Kind } = weir.v1.StreamEvent;

let house: TestHouse | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await house?.close();
  house = undefined;
});

async function upload(client: Client, name: string, sizeBytes = 4096): Promise<string | undefined> {
  const fd = must(memfd('sample', sizeBytes));
  must(addSeals(fd, SAMPLE_SEALS));
  const uploadSample = { name, format: SampleFormat.S16, rate: 48_000, channels: 1, sizeBytes };
  const answer = await client.ask({ uploadSample }, [fd]);
  close(fd);
  return failureCode(answer) ?? undefined;
}

describe('samples', () => {
  test('so many, then one more only in the place of another', async () => {
    const client = await (house = new TestHouse()).greeted();
    for (let i = 0; i < SAMPLES_PER_CLIENT; i++) expect(await upload(client, `sample ${i}`)).toBeUndefined();
    expect(await upload(client, 'one more')).toBe('TOO_MANY_SAMPLES');
    expect(await upload(client, 'sample 0')).toBeUndefined();
    await client.ask({ removeSample: { name: 'sample 0' } });
    expect(await upload(client, 'one more')).toBeUndefined();
    const other = await house.greeted();
    expect(await upload(other, 'sample 0')).toBeUndefined();
  });

  test('the largest, and one frame more', async () => {
    const client = await (house = new TestHouse(['null'], { poolBytes: 2 * SAMPLE_BYTES_MAX })).greeted();
    expect(await upload(client, 'large', SAMPLE_BYTES_MAX)).toBeUndefined();
    expect(await upload(client, 'too large', SAMPLE_BYTES_MAX + 2)).toBe('FD_WRONG_SIZE');
    expect(await upload(client, 'half a frame', 4095)).toBe('FD_WRONG_SIZE');
  });

  test('the longest name, and one character more: refused, not cut', async () => {
    const client = await (house = new TestHouse()).greeted();
    const longest = '♪'.repeat(SAMPLE_NAME_CHARACTERS_MAX);
    expect(await upload(client, longest)).toBeUndefined();
    expect(await upload(client, `${longest}♪`)).toBe('SAMPLE_NAME_INVALID');
    expect((await client.ask({ removeSample: { name: longest } })).done).toBeTruthy();
  });
});

describe('streams', () => {
  test('a name longer than is shown is cut', async () => {
    const client = await (house = new TestHouse()).greeted();
    await opened(client, { name: '♪'.repeat(NAME_CHARACTERS_MAX + 1) });
    const { snapshot } = await client.ask({ subscribe: { state: true } });
    expect(snapshot?.streams?.[0]?.name).toBe('♪'.repeat(NAME_CHARACTERS_MAX));
  });

  test('as many as one output carries, then one more only when one has gone', { timeout: 60_000 }, async () => {
    const client = await (house = new TestHouse(['null'], { streams: 2 * SLOT_LIMIT, poolBytes: 2 ** 28 })).greeted();
    const small = { rate: 48_000, channels: 1, paused: true };
    // All before the device is open: more orders at once than the engine's ring holds, and the rest comes all the same.
    const streams = await Promise.all(Array.from({ length: SLOT_LIMIT }, () => opened(client, small)));
    expect(failureCode(await client.ask(openWish(small)))).toBe('TOO_MANY_STREAMS');
    await client.ask({ closeStream: { stream: streams.at(-1)?.stream } });
    const attached = house.house.outputs.default?.attachments;
    for (let tries = 0; tries < 500 && attached?.size === SLOT_LIMIT; tries++) await sleep(10);
    await opened(client, small);
    expect(failureCode(await client.ask(openWish(small)))).toBe('TOO_MANY_STREAMS');
    expect(house.house.outputs.default?.restarts).toBe(0);
  });

  test('one that finds no output ends when it has waited long enough', { timeout: 30_000 }, async () => {
    const client = await (house = new TestHouse(['alsa:nosuchcard?name=card'])).greeted();
    const { stream } = await opened(client);
    const told = (kind: weir.v1.StreamEvent.Kind) =>
      client.heard.find(({ streamEvent }) => streamEvent?.stream === stream && streamEvent?.kind === kind)?.streamEvent;
    await client.settled(() => told(Kind.ORPHANED) !== undefined);
    const now = performance.now.bind(performance);
    let aheadMs = ORPHAN_LIMIT_MS - 20_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
    await sleep(2500); // it is looked for an output at least once meanwhile
    expect(told(Kind.CLOSED)).toBeUndefined();
    aheadMs = ORPHAN_LIMIT_MS + 1;
    await client.settled(() => told(Kind.CLOSED) !== undefined);
    expect(told(Kind.CLOSED)?.code).toBe('DEVICE_LOST');
    expect(failureCode(await client.ask({ closeStream: { stream } }))).toBe('STREAM_NOT_FOUND');
  });

  test('those of a client that is let go of as it is told wait for no output', { timeout: 30_000 }, async () => {
    house = new TestHouse(['alsa:nosuchcard?name=card']);
    const { streams } = house.house;
    const client = new Unread(house);
    for (let i = 0; i < 3; i++) client.say(openWish());
    expect([...streams.all]).toHaveLength(3);
    client.taking = false;
    for (let tries = 0; tries < 500 && !client.over; tries++) await sleep(10);
    expect([...streams.all]).toEqual([]);
    await sleep(ADOPT_INTERVAL_MS);
    const looks = vi.spyOn(streams, 'adoptAll');
    await sleep(3 * ADOPT_INTERVAL_MS);
    expect(looks).not.toHaveBeenCalled();
  });
});

describe('sound by copies', () => {
  test('more packets than any sender needs end the connection, and it alone', { timeout: 30_000 }, async () => {
    house = new TestHouse();
    const [client, other] = [await house.greeted(), await house.greeted()];
    // Of a stream that has just ended: neither carried out nor answered.
    const packet = frameOf({ audio: { stream: 99, frame: 0, data: new Uint8Array(4) } });
    for (let i = 0; i < 8; i++)
      client.socket.send(Buffer.concat(Array<Uint8Array>(PACKETS_PER_SECOND / 2).fill(packet)));
    expect(await client.lastWords()).toBe('TOO_BUSY');
    expect((await other.ask({ clockPing: { t1Us: 7 } })).clockPong?.t1Us).toBe(7);
  });

  test(
    'a listener that does not read loses the oldest and is told how much, bytes stay few',
    { timeout: 30_000 },
    async () => {
      house = new TestHouse();
      const listener = new Deaf(house.path);
      listener.say({ hello: { major: 1, name: 'deaf' } });
      const shape = { direction: Direction.RECORD, format: SampleFormat.F32, rate: 192_000, channels: 8 };
      listener.say({ requestId: 2, ...openWish(shape) });
      const other = await house.greeted();
      const droppedFrames = async () => {
        const { snapshot } = await other.ask({ subscribe: { state: true } });
        return snapshot?.streams?.[0]?.droppedFrames ?? 0;
      };
      for (let tries = 0; tries < 1000 && (await droppedFrames()) < 96_000; tries++) await sleep(20);
      listener.say({ requestId: 3, clockPing: { t1Us: 3 } });
      await sleep(50);
      let lostFrames = 0;
      const heard = await listener.readUntil(({ streamEvent }) => {
        if (streamEvent?.kind === Kind.DROPPED) lostFrames += streamEvent.frames ?? 0;
        return lostFrames >= 96_000;
      });
      const others = heard.filter(({ audio, streamEvent }) => !audio && streamEvent?.code !== 'READER_STALLED');
      expect(others.map(({ body }) => body)).toEqual(['welcome', 'streamOpened', 'clockPong']);
      // What was waiting: as much as may, and what the kernel's own buffers hold besides.
      const pong = heard.findIndex(({ clockPong }) => clockPong);
      const waitedBytes = heard.slice(0, pong).reduce((sum, { audio }) => sum + (audio?.data?.length ?? 0), 0);
      expect(waitedBytes).toBeGreaterThan(UNSENT_AUDIO_LIMIT_BYTES);
      expect(waitedBytes).toBeLessThan(UNSENT_AUDIO_LIMIT_BYTES + 2 ** 20);
      // The gap between two packets is what was lost.
      const packets = heard.flatMap(({ audio }) => audio ?? []);
      const missing = packets.reduce((sum, { frame }, i) => {
        const last = packets[i - 1];
        return last ? sum + ((frame ?? 0) - (last.frame ?? 0) - (last.data?.length ?? 0) / 32) : sum;
      }, 0);
      expect(missing).toBe(lostFrames);
      listener.close();
    },
  );
});

/** A connection that reads only when it is told to. */
class Deaf {
  readonly #fd: number;
  readonly #deframer = new Deframer(MESSAGE_LIMIT_BYTES);

  constructor(path: string) {
    this.#fd = must(connect(path));
  }

  say(message: weir.v1.ClientMessage.$Properties): void {
    must(send(this.#fd, frameOf(message)));
  }

  /** All messages up to the first of which `is` holds. */
  async readUntil(is: (message: weir.v1.ServerMessage) => boolean): Promise<weir.v1.ServerMessage[]> {
    const heard: weir.v1.ServerMessage[] = [];
    for (;;) {
      const bytes = this.#deframer.next();
      if (bytes instanceof Error) throw bytes;
      if (bytes) {
        const message = weir.v1.ServerMessage.decode(bytes.slice());
        heard.push(message);
        if (is(message)) return heard;
      } else await this.#read();
    }
  }

  async #read(): Promise<void> {
    const got = receive(this.#fd, this.#deframer.room(), 0);
    if (!(got instanceof SysError)) {
      if (got.length === 0) throw new Error('the server closed the connection');
      return this.#deframer.filled(got.length);
    }
    if (got.errno !== 'EAGAIN') throw got;
    await sleep(5);
  }

  close(): void {
    close(this.#fd);
  }
}
