import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { weir } from '#proto';
import { frameOf } from '../../../native-shim/client/framing.js';
import {
  AUDIO_PACKET_LIMIT_BYTES,
  CLIENT_NAME_CHARACTERS_MAX,
  HELLO_LIMIT_MS,
  MESSAGE_LIMIT_BYTES,
  METERS_HZ_MAX,
  REQUESTS_AT_ONCE,
} from '../../session/limits.js';
import { type Client, failureCode, opened, openWish, TestHouse } from './house.fixture.js';

const { Direction, SampleFormat } = weir.v1;

const houses: TestHouse[] = [];
afterEach(async () => {
  await Promise.all(houses.splice(0).map((house) => house.close()));
});
function open(...args: ConstructorParameters<typeof TestHouse>): TestHouse {
  const house = new TestHouse(...args);
  houses.push(house);
  return house;
}

describe('hello', () => {
  test('comes first, in the same major version, once', async () => {
    const house = open();
    const rude = house.connect();
    rude.tell({ subscribe: { state: true } });
    expect(await rude.lastWords()).toBe('HELLO_FIRST');

    const newer = house.connect();
    expect(failureCode(await newer.ask({ hello: { major: 2, name: 'newer' } }))).toBe('VERSION_MISMATCH');
    await newer.ended;

    const client = await house.greeted();
    expect(client.heard[0]?.welcome).toMatchObject({ major: 1, sharedMemory: true, limits: { streams: 64 } });
    expect(failureCode(await client.ask({ hello: { major: 1 } }))).toBe('BAD_MESSAGE');
    expect((await client.ask({ clockPing: { t1Us: 5 } })).clockPong?.t1Us).toBe(5);
  });

  test('cannot be smuggled past: another body beside it is carried out only after hello', async () => {
    const client = open().connect();
    // Of two bodies the later one counts.
    const both = weir.v1.ClientMessage.encode({ hello: { major: 1, name: 'x' }, subscribe: { state: true } }).finish();
    const frame = Buffer.alloc(4 + both.length);
    frame.writeUInt32LE(both.length);
    frame.set(both, 4);
    client.socket.send(frame);
    expect(await client.lastWords()).toBe('HELLO_FIRST');
    expect(client.heard.some(({ snapshot }) => snapshot)).toBe(false);
  });

  test('a connection that says nothing is closed', { timeout: 20_000 }, async () => {
    const client = open().connect();
    await sleep(HELLO_LIMIT_MS - 1000);
    expect(client.over).toBe(false);
    expect(await client.lastWords()).toBe('HELLO_FIRST');
  });

  test('names are fit to be shown', async () => {
    const house = open();
    const client = await house.greeted(`a\u0000b\u001b[31m\u202ec\n${'x'.repeat(500)}`);
    const { snapshot } = await client.ask({ subscribe: { state: true } });
    const name = snapshot?.clients?.[0]?.name ?? '';
    expect(name).toMatch(/^a b \[31m c x+$/);
    expect(Array.from(name)).toHaveLength(CLIENT_NAME_CHARACTERS_MAX);
    await opened(client, { name: '\u0007\u2028' });
    const again = await client.ask({ subscribe: { state: true } });
    expect(again.snapshot?.streams?.[0]?.name).toBe('unnamed');
  });
});

describe('limits', () => {
  test('clients', async () => {
    const house = open(['null'], { clients: 2 });
    const [first] = await Promise.all([house.greeted(), house.greeted()]);
    expect(await house.connect().lastWords()).toBe('TOO_MANY_CLIENTS');
    first.close();
    await sleep(50);
    await house.greeted();
  });

  test('streams; one that is opened again under a newer epoch replaces the old one', async () => {
    const client = await open(['null'], { streams: 2 }).greeted();
    const id = randomBytes(16);
    const first = await opened(client, { id, epoch: 1 });
    await opened(client);
    expect(failureCode(await client.ask(openWish()))).toBe('TOO_MANY_STREAMS');
    expect(failureCode(await client.ask(openWish({ id, epoch: 1 })))).toBe('STREAM_REPLACED');
    const second = await opened(client, { id, epoch: 2 });
    expect(second.stream).not.toBe(first.stream);
    const closed = await client.until(({ streamEvent }) => streamEvent?.kind === weir.v1.StreamEvent.Kind.CLOSED);
    expect(closed.streamEvent).toMatchObject({ stream: first.stream, code: 'STREAM_REPLACED' });
    expect(failureCode(await client.ask({ closeStream: { stream: first.stream } }))).toBe('STREAM_NOT_FOUND');
    expect((await client.ask({ closeStream: { stream: second.stream } })).done).toBeTruthy();
    await opened(client);
  });

  test('pool bytes', async () => {
    const client = await open(['null'], { poolBytes: 2 ** 20 }).greeted();
    expect(failureCode(await client.ask(openWish({ latencyUs: 2_000_000, channels: 8 })))).toBe('QUOTA_EXCEEDED');
    const stream = await opened(client, { latencyUs: 500_000 });
    expect(failureCode(await client.ask(openWish({ latencyUs: 1_000_000 })))).toBe('QUOTA_EXCEEDED');
    await client.ask({ closeStream: { stream: stream.stream } });
    await sleep(200); // it fades out and is released first
    await opened(client, { latencyUs: 500_000 });
  });

  test.each([
    ['STREAM_ID_INVALID', { id: randomBytes(15) }],
    ['STREAM_ID_INVALID', { id: null }],
    ['BAD_MESSAGE', { direction: 7 }],
    ['BAD_MESSAGE', { transport: 0 }],
    ['FORMAT_UNSUPPORTED', { format: 0 }],
    ['FORMAT_UNSUPPORTED', { format: 99 }],
    ['FORMAT_UNSUPPORTED', { rate: 7999 }],
    ['FORMAT_UNSUPPORTED', { rate: 192_001 }],
    ['FORMAT_UNSUPPORTED', { channels: 0 }],
    ['FORMAT_UNSUPPORTED', { channels: 9 }],
    ['LATENCY_OUT_OF_RANGE', { latencyUs: 999 }],
    ['LATENCY_OUT_OF_RANGE', { latencyUs: 2_000_001 }],
    ['VOLUME_OUT_OF_RANGE', { volume: 1.51 }],
    ['VOLUME_OUT_OF_RANGE', { volume: NaN }],
    ['DEVICE_NOT_FOUND', { device: 'nowhere' }],
    ['DEVICE_NOT_FOUND', { device: 'null.monitor' }],
    ['DEVICE_NOT_FOUND', { device: 'null', direction: Direction.RECORD }],
  ])('%s: %o', async (code, wish) => {
    const client = await open().greeted();
    expect(failureCode(await client.ask(openWish(wish)))).toBe(code);
    await opened(client, { rate: 8000, channels: 8, latencyUs: 1000, volume: 1.5 });
  });

  test('a strange device name comes back short and readable', async () => {
    const client = await open().greeted();
    const { failure } = await client.ask(openWish({ device: `\u001b${'y'.repeat(200_000)}` }));
    expect(failure?.code).toBe('DEVICE_NOT_FOUND');
    expect(failure?.what).toMatch(/^[\x20-\x7e]{1,150}$/);
  });

  test('messages and packets', async () => {
    const house = open();
    const big = house.connect();
    const header = Buffer.alloc(4);
    header.writeUInt32LE(MESSAGE_LIMIT_BYTES + 1);
    big.socket.send(header);
    expect(await big.lastWords()).toBe('MESSAGE_TOO_LARGE');
    const client = await house.greeted();
    const { stream } = await opened(client);
    const data = new Uint8Array(AUDIO_PACKET_LIMIT_BYTES + 4);
    expect(failureCode(await client.ask({ audio: { stream, frame: 0, data } }))).toBe('MESSAGE_TOO_LARGE');
    expect(failureCode(await client.ask({ audio: { stream, frame: 0, data: data.subarray(0, 7) } }))).toBe(
      'BAD_MESSAGE',
    );
  });

  test('requests at once', { timeout: 20_000 }, async () => {
    const client = await open().greeted();
    const flood = frameOf({ subscribe: {} }); // a request without an answer: its sender keeps room for the last words
    client.socket.send(Buffer.concat(Array(REQUESTS_AT_ONCE * 3).fill(flood)));
    expect(await client.lastWords()).toBe('TOO_BUSY');
  });

  test('meters come at the asked rate, and no faster than the fastest', { timeout: 20_000 }, async () => {
    const client = await open().greeted();
    const { stream, grantedFrames } = await opened(client, { format: SampleFormat.F32 });
    const data = new Uint8Array(new Float32Array(2 * (grantedFrames ?? 0)).fill(0.5).buffer);
    client.tell({ audio: { stream, frame: 0, data } });
    const count = async (metersHz: number) => {
      await client.ask({ subscribe: { metersHz } });
      const before = client.heard.filter(({ meters }) => meters).length;
      await sleep(1000);
      return client.heard.filter(({ meters }) => meters).length - before;
    };
    const slow = await count(10);
    expect(slow).toBeGreaterThan(4);
    expect(slow).toBeLessThan(14);
    expect(await count(100_000)).toBeLessThanOrEqual(METERS_HZ_MAX + 2);
    expect(await count(0)).toBe(0);
    const levels = client.heard.flatMap(({ meters }) => meters?.levels ?? []);
    const peaks = levels.filter((level) => level.device === 'null').map(({ peak }) => peak?.[0] ?? 0);
    expect(Math.max(...peaks)).toBeCloseTo(0.5, 2);
  });
});

describe('the mixer', () => {
  test('two subscribers who came at different times see the same', { timeout: 20_000 }, async () => {
    const house = open(['null:desk', 'null:hall']);
    const early = await house.greeted('early');
    const pictures = [watchState(early)];
    await early.ask({ subscribe: { state: true } });
    const { stream } = await opened(early, { device: 'desk' });
    const late = await house.greeted('late');
    pictures.push(watchState(late));
    await late.ask({ subscribe: { state: true } });
    const gone = await house.greeted('gone');
    await late.ask({ setLevel: { device: 'hall', volume: 0.25, muted: true } });
    await late.ask({ setLevel: { stream, volume: 0.5 } });
    await late.ask({ moveStream: { stream, device: 'hall' } });
    await late.ask({ setDefault: { device: 'hall' } });
    gone.close();
    const fresh = async () => {
      const third = await house.greeted('third');
      const picture = watchState(third);
      await third.ask({ subscribe: { state: true } });
      return picture;
    };
    await early.until(
      ({ patch }) => patch?.devices?.some(({ name, isDefault }) => name === 'hall' && isDefault) ?? false,
    );
    await sleep(700);
    const latest = await fresh();
    await sleep(700);
    const truth = latest();
    for (const picture of pictures) expect(strip(picture())).toEqual(strip(truth));
    expect(truth.streams.get(stream ?? 0)).toMatchObject({ device: 'hall', volume: 0.5 });
    expect([...truth.clients.values()].map(({ name }) => name)).toEqual(['early', 'late', 'third']);
  });

  test('a client gone in the middle of opening a stream anew leaves none behind', async () => {
    const house = open();
    for (let round = 0; round < 20; round++) {
      const client = await house.greeted('hasty');
      const wish = openWish().openStream;
      client.tell({ openStream: { ...wish, epoch: 1 } });
      client.tell({ openStream: { ...wish, epoch: 2 } });
      client.close();
    }
    const watcher = await house.greeted('watcher');
    for (let tries = 0; ; tries++) {
      const { snapshot } = await watcher.ask({ subscribe: { state: true } });
      if (snapshot?.streams?.length === 0) break;
      expect(tries).toBeLessThan(100);
      await sleep(50);
    }
  });

  test('volumes beyond the fader, and targets that are not there', async () => {
    const client = await open().greeted();
    const code = async (setLevel: weir.v1.ISetLevel) => failureCode(await client.ask({ setLevel }));
    for (const volume of [-0.01, 1.51, NaN, Infinity]) {
      expect(await code({ device: 'null', volume })).toBe('VOLUME_OUT_OF_RANGE');
    }
    expect(await code({ device: 'null', volume: 1.5 })).toBeUndefined();
    expect(await code({ device: 'nowhere', volume: 1 })).toBe('DEVICE_NOT_FOUND');
    expect(await code({ stream: 99, volume: 1 })).toBe('STREAM_NOT_FOUND');
    expect(await code({})).toBe('STREAM_NOT_FOUND');
    expect(failureCode(await client.ask({ moveStream: { stream: 1, device: 'null' } }))).toBe('STREAM_NOT_FOUND');
    expect(failureCode(await client.ask({ setDefault: { device: 'nowhere' } }))).toBe('DEVICE_NOT_FOUND');
  });

  test('a kicked client is told why, and what it had is gone', async () => {
    const house = open();
    const [victim, other] = [await house.greeted('victim'), await house.greeted('other')];
    await opened(victim);
    const number = victim.heard[0]?.welcome?.client ?? 0;
    expect(failureCode(await other.ask({ kickClient: { client: 999 } }))).toBe('CLIENT_NOT_FOUND');
    expect((await other.ask({ kickClient: { client: number } })).done).toBeTruthy();
    expect(await victim.lastWords()).toBe('KICKED');
    const { snapshot } = await other.ask({ subscribe: { state: true } });
    expect([snapshot?.clients?.length, snapshot?.streams?.length]).toEqual([1, 0]);
  });
});

describe('streams by copies', () => {
  test('a drain is answered when the last frame was heard; closing before fails it', { timeout: 20_000 }, async () => {
    const client = await open().greeted();
    const { stream } = await opened(client);
    client.tell({ audio: { stream, frame: 0, data: new Uint8Array(4 * 4800) } });
    const startMs = performance.now();
    expect((await client.ask({ drainStream: { stream } })).done).toBeTruthy();
    expect(performance.now() - startMs).toBeGreaterThan(80);
    client.tell({ pauseStream: { stream, paused: true } });
    client.tell({ audio: { stream, frame: 4800, data: new Uint8Array(4 * 480) } });
    const drain = client.ask({ drainStream: { stream } });
    client.tell({ closeStream: { stream } });
    expect(failureCode(await drain)).toBe('STREAM_NOT_FOUND');
  });

  test('what is played is heard on the monitor, position by position', { timeout: 20_000 }, async () => {
    const client = await open().greeted();
    const record = await opened(client, { direction: Direction.RECORD });
    const { stream, grantedFrames } = await opened(client);
    const frames = Math.min(grantedFrames ?? 0, 4096);
    const sound = Uint8Array.from({ length: frames * 4 }, (_, i) => 1 + (i % 251));
    client.tell({ audio: { stream, frame: 0, data: sound } });
    const packets = () => client.heard.flatMap(({ audio }) => (audio?.stream === record.stream ? (audio ?? []) : []));
    const heard = () => Buffer.concat(packets().map(({ data }) => data ?? new Uint8Array()));
    await client.settled(() => heard().indexOf(sound) >= 0);
    let next = 0;
    for (const { frame, data } of packets()) {
      expect(frame).toBe(next);
      next += (data?.length ?? 0) / 4;
    }
  });

  test('pausing and resuming a listener at once keeps one writer on its ring', { timeout: 20_000 }, async () => {
    const client = await open().greeted();
    const { stream } = await opened(client, { direction: Direction.RECORD });
    for (let i = 0; i < 20; i++) {
      client.tell({ pauseStream: { stream, paused: true } });
      client.tell({ pauseStream: { stream, paused: false } });
      await sleep(7);
    }
    const before = client.heard.length;
    await sleep(1000);
    const packets = client.heard.slice(before).flatMap(({ audio }) => audio ?? []);
    const frames = packets.reduce((sum, { data }) => sum + (data?.length ?? 0) / 4, 0);
    expect(frames).toBeGreaterThan(30_000);
    expect(frames).toBeLessThan(60_000);
    for (const [i, packet] of packets.entries()) {
      const last = packets[i - 1];
      if (last) expect(packet.frame).toBe((last.frame ?? 0) + (last.data?.length ?? 0) / 4);
    }
  });

  test('moving to and fro faster than a fade loses and doubles nothing', { timeout: 20_000 }, async () => {
    const client = await open(['null:desk', 'null:hall']).greeted();
    const { stream } = await opened(client, { latencyUs: 500_000, device: 'desk' });
    client.tell({ audio: { stream, frame: 0, data: new Uint8Array(4 * 24_000) } });
    for (let i = 0; i < 10; i++) {
      client.tell({ moveStream: { stream, device: i % 2 === 0 ? 'hall' : 'desk' } });
      await sleep(i);
    }
    expect((await client.ask({ drainStream: { stream } })).done).toBeTruthy();
    const { snapshot } = await client.ask({ subscribe: { state: true } });
    const shown = snapshot?.streams?.[0];
    expect(shown).toMatchObject({ device: 'desk', fillFrames: 0, droppedFrames: 0 });
    expect(client.over).toBe(false);
  });
});

/** What a subscriber knows after its snapshot and all patches so far. */
function watchState(client: Client) {
  return () => {
    const devices = new Map<string, weir.v1.IDevice>();
    const clients = new Map<number, weir.v1.IClient>();
    const streams = new Map<number, weir.v1.IStream>();
    for (const { snapshot, patch } of client.heard) {
      if (snapshot) for (const map of [devices, clients, streams]) map.clear();
      for (const device of (snapshot ?? patch)?.devices ?? []) devices.set(device.name ?? '', device);
      for (const one of (snapshot ?? patch)?.clients ?? []) clients.set(one.client ?? 0, one);
      for (const stream of (snapshot ?? patch)?.streams ?? []) streams.set(stream.stream ?? 0, stream);
      for (const name of patch?.devicesGone ?? []) devices.delete(name);
      for (const number of patch?.clientsGone ?? []) clients.delete(number);
      for (const number of patch?.streamsGone ?? []) streams.delete(number);
    }
    return { devices, clients, streams };
  };
}

/** Without what changes by itself all the time. */
function strip({ devices, clients, streams }: ReturnType<ReturnType<typeof watchState>>) {
  const steady = (object: object) => JSON.stringify({ ...object, delayUs: 0, latencyUs: 0, xruns: 0 });
  return [devices, clients, streams].map((map) => [...map.values()].map(steady).sort());
}
