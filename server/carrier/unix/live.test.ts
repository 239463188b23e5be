import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { weir } from '#proto';
import { nowNs } from '../../../native-shim/sys.js';
import { OpusEncoder } from '../../stream/codec/libopus.js';
import { ParityMaker } from '../../stream/jitter/parity.js';
import { type Client, opened, openWish, TestHouse } from './house.fixture.js';

const RATE = 48_000;
const HZ = 437.5;
const AMPLITUDE = 0.5;

let house: TestHouse;
afterEach(() => house.close());

const sample = (frame: number) => AMPLITUDE * Math.sin((2 * Math.PI * HZ * frame) / RATE);

/** Makes a packet of the tone. */
type Encode = (frame: number, frames: number) => Uint8Array;

const asPcm: Encode = (frame, frames) =>
  new Uint8Array(
    Int16Array.from({ length: frames * 2 }, (_, i) => Math.round(sample(frame + (i >> 1)) * 32_767)).buffer,
  );

function asOpus(): Encode {
  const encoder = OpusEncoder.open({ channels: 2, bitrate: 128_000, lowDelay: false });
  if (!encoder) throw new Error('no libopus');
  return (frame, frames) => {
    const pcm = Float32Array.from({ length: frames * 2 }, (_, i) => sample(frame + (i >> 1)));
    return encoder.encode(pcm, frames)?.slice() ?? new Uint8Array();
  };
}

/** Sends a tone in real time, as a microphone would; `drop` says which packets do not arrive. */
async function speak(
  client: Client,
  stream: number,
  encode: Encode,
  {
    packets,
    frames = 480,
    drop = () => false,
    from = 0,
    parity,
  }: {
    packets: number;
    frames?: number;
    drop?: (packet: number) => boolean;
    from?: number;
    parity?: ParityMaker;
  },
): Promise<void> {
  const startMs = performance.now();
  for (let i = 0; i < packets; i++) {
    const frame = from + i * frames;
    const data = encode(frame, frames);
    const captureUs = Math.floor(nowNs() / 1000) - (frames * 1e6) / RATE;
    const along = { parity: parity?.next({ frame, data }) };
    if (!drop(i)) client.tell({ audio: { stream, frame, data, captureUs, ...along } });
    await sleep(Math.max(0, startMs + ((i + 1) * frames * 1000) / RATE - performance.now()));
  }
}

async function liveStream(client: Client, wish: weir.v1.IOpenStream = {}): Promise<weir.v1.IStreamOpened> {
  return opened(client, { live: true, purpose: weir.v1.Purpose.TALK, ...wish });
}

/** Listens to the monitor as floats; all that was heard so far. */
async function listen(client: Client): Promise<() => Float32Array> {
  const { stream } = await opened(client, {
    id: randomBytes(16),
    direction: weir.v1.Direction.RECORD,
    format: weir.v1.SampleFormat.F32,
    channels: 1,
  });
  return () => {
    return Float32Array.from(
      client.heard.flatMap(({ audio }) =>
        audio?.stream === stream ? [...new Float32Array((audio?.data ?? new Uint8Array()).slice().buffer)] : [],
      ),
    );
  };
}

/** What the copies thread counts is told a few times a second. */
const PATIENT = { timeout: 10_000 };
const shownStream = async (client: Client, stream: number | null | undefined) => {
  const { snapshot } = await client.ask({ subscribe: { state: true } });
  return snapshot?.streams?.find((one) => one.stream === stream);
};

/** Of the blocks from the first that is heard to the last: the share that is the tone and nothing else, up to that RMS. */
function cleanShare(sound: Float32Array, leastRms: number): { blocks: number; share: number } {
  const from = sound.findIndex((x) => Math.abs(x) > 0.01) + RATE / 10;
  const to = sound.findLastIndex((x) => Math.abs(x) > 0.01) - RATE / 10;
  let [clean, blocks] = [0, 0];
  // In blocks: the resampler follows a clock and glides to its delay, so that the phase wanders.
  for (let at = from; at + 480 < to; at += 480, blocks++) {
    if (residueOf(sound.subarray(at, at + 480)) < leastRms) clean++;
  }
  return { blocks, share: clean / blocks };
}

function residueOf(block: Float32Array): number {
  const w = (2 * Math.PI * HZ) / RATE;
  let [sin, cos, sinSin, cosCos, sinCos] = [0, 0, 0, 0, 0];
  block.forEach((x, i) => {
    const [s, c] = [Math.sin(w * i), Math.cos(w * i)];
    sin += x * s;
    cos += x * c;
    sinSin += s * s;
    cosCos += c * c;
    sinCos += s * c;
  });
  const determinant = sinSin * cosCos - sinCos * sinCos;
  const a = (sin * cosCos - cos * sinCos) / determinant;
  const b = (cos * sinSin - sin * sinCos) / determinant;
  const rest = block.reduce((sum, x, i) => sum + (x - a * Math.sin(w * i) - b * Math.cos(w * i)) ** 2, 0);
  return Math.sqrt(rest / block.length);
}

describe('live playback', () => {
  test.each([
    ['PCM', weir.v1.Codec.PCM, () => asPcm, 0.02],
    ['Opus', weir.v1.Codec.OPUS, asOpus, 0.02],
  ])('%s is heard as it was spoken, and its way is shown', async (_, codec, encoder, leastRms) => {
    house = new TestHouse();
    const client = await house.greeted();
    const heard = await listen(await house.greeted());
    const { stream, codec: got } = await liveStream(client, { codec, latencyUs: 400_000 });
    expect(got).toBe(codec);
    let lastT4Us = 0;
    for (let i = 0; i < 3; i++) {
      await client.ask({ clockPing: { t1Us: Math.floor(nowNs() / 1e3), lastT4Us } });
      lastT4Us = Math.floor(nowNs() / 1e3);
    }
    await speak(client, stream ?? 0, encoder(), { packets: 200 });
    await expect.poll(async () => (await shownStream(client, stream))?.jitter?.packets, PATIENT).toBeGreaterThan(150);
    const shown = await shownStream(client, stream);
    expect(shown?.jitter?.lostPackets ?? 0).toBe(0);
    expect(shown?.jitter?.targetUs).toBe(400_000);
    expect(shown?.hops?.captureUs).toBe(10_000);
    // What the sender's clock says of this very machine, in between which no network lies.
    expect(shown?.hops?.networkUs).toBeLessThan(200_000);
    expect(shown?.hops?.jitterUs).toBeGreaterThan(200_000);
    await sleep(600);
    const { blocks, share } = cleanShare(heard(), leastRms);
    expect(blocks).toBeGreaterThan(50);
    // A machine that stands still for longer than the buffer is deep is heard, here and there.
    expect(share).toBeGreaterThan(0.9);
  });

  test('lost packets are made up for, counted, and what follows is heard as it is', async () => {
    house = new TestHouse();
    const client = await house.greeted();
    const { stream } = await liveStream(client, { codec: weir.v1.Codec.OPUS, latencyUs: 400_000 });
    await speak(client, stream ?? 0, asOpus(), { packets: 250, drop: (i) => i % 20 === 10 });
    await expect.poll(async () => (await shownStream(client, stream))?.jitter?.lostPackets, PATIENT).toBeGreaterThan(5);
    const shown = await shownStream(client, stream);
    expect(shown?.jitter?.concealedFrames).toBeGreaterThan(5 * 480);
  });

  // A machine that stands still for longer than the buffer is deep loses packets of its own.
  test('lost packets are made of others and their parity, and none counts as lost', { retry: 2 }, async () => {
    house = new TestHouse();
    const client = await house.greeted();
    const { stream } = await liveStream(client, { latencyUs: 400_000 });
    const parity = new ParityMaker();
    await speak(client, stream ?? 0, asPcm, { packets: 250, drop: (i) => i % 20 === 15, parity });
    const recovered = async () => (await shownStream(client, stream))?.jitter?.recoveredPackets;
    // Twelve, but for those of a start that the machine held up.
    await expect.poll(recovered, PATIENT).toBeGreaterThan(3);
    const shown = await shownStream(client, stream);
    expect(shown?.jitter?.lostPackets ?? 0).toBe(0);
  });

  test('whatever a hostile sender says of its frames, others are heard', async () => {
    house = new TestHouse();
    const [attacker, client] = [await house.greeted(), await house.greeted()];
    const bad = (await liveStream(attacker, { codec: weir.v1.Codec.OPUS })).stream ?? 0;
    const good = (await liveStream(client, { latencyUs: 400_000 })).stream ?? 0;
    const opus = asOpus()(0, 480);
    const frames = [0, 2 ** 52, 5, 2 ** 52 + 480, 1e15, 3, 480, 960, 2 ** 53 - 1000, 1440];
    let seed = 1;
    const flood = async () => {
      for (let i = 0; i < 5000; i++) {
        const data = i % 3 === 0 ? opus : Uint8Array.from({ length: i % 200 }, () => (seed = (seed * 48_271) % 65_521));
        const parity = i % 5 === 0 ? data : new Uint8Array();
        attacker.tell({ audio: { stream: bad, frame: frames[i % frames.length] ?? 0, data, parity } });
        if (i % 100 === 0) await sleep(10);
      }
    };
    await Promise.all([flood(), speak(client, good, asPcm, { packets: 150 })]);
    await expect.poll(async () => (await shownStream(client, good))?.jitter?.packets, PATIENT).toBe(150);
    expect((await client.ask({ clockPing: { t1Us: 1 } })).body).toBe('clockPong');
  });

  test('a packet that cannot be one is refused and does no harm', async () => {
    house = new TestHouse();
    const client = await house.greeted();
    const { stream } = await liveStream(client);
    for (const audio of [
      { stream, frame: 0, data: new Uint8Array(7) },
      { stream, frame: 0, data: new Uint8Array() },
      { stream, frame: 0, data: new Uint8Array(4 * 48 * 121) },
      { stream, frame: 2 ** 53, data: new Uint8Array(4) },
    ]) {
      expect((await client.ask({ audio })).failure?.code).toBe('BAD_MESSAGE');
    }
  });
});

describe('a stream that goes on with another connection', () => {
  const again = (id: Uint8Array, epoch: number) => ({ id, epoch, resume: true });

  test('keeps its number and its place; the one before is told, and can do nothing with it', async () => {
    house = new TestHouse();
    const [first, second] = [await house.greeted('first'), await house.greeted('second')];
    const id = randomBytes(16);
    const { stream } = await liveStream(first, { id });
    await speak(first, stream ?? 0, asPcm, { packets: 20 });
    const resumed = await liveStream(second, again(id, 1));
    expect(resumed).toMatchObject({ stream, resumed: true, nextFrame: 20 * 480 });
    const { streamEvent } = await first.until((message) => message.streamEvent?.code === 'STREAM_REPLACED');
    expect(streamEvent).toMatchObject({ stream, kind: weir.v1.StreamEvent.Kind.CLOSED });
    expect((await first.ask({ pauseStream: { stream, paused: true } })).failure?.code).toBe('STREAM_NOT_FOUND');
    first.close();
    await speak(second, stream ?? 0, asPcm, { packets: 20, from: 20 * 480 });
    await expect.poll(async () => (await shownStream(second, stream))?.jitter?.packets, PATIENT).toBe(40);
    expect((await shownStream(second, stream))?.client).toBe(2);
  });

  test('a granted one goes on where its sender was, within the grant', async () => {
    house = new TestHouse();
    const [first, second] = [await house.greeted(), await house.greeted()];
    const id = randomBytes(16);
    const { stream, grantedFrames } = await opened(first, { id, paused: true });
    first.tell({ audio: { stream, frame: 0, data: new Uint8Array(4 * 100) } });
    const resumed = await opened(second, { ...again(id, 1), paused: true });
    expect(resumed).toMatchObject({ stream, resumed: true, nextFrame: 100, grantedFrames });
  });

  test('a listener hears on', async () => {
    house = new TestHouse();
    const [first, second] = [await house.greeted(), await house.greeted()];
    const wish = { id: randomBytes(16), direction: weir.v1.Direction.RECORD };
    const { stream } = await opened(first, wish);
    const last = await first.until(({ audio }) => (audio?.frame ?? 0) > 0);
    expect(await opened(second, { ...wish, ...again(wish.id, 1) })).toMatchObject({ stream, resumed: true });
    const next = await second.until(({ audio }) => audio?.stream === stream);
    expect(next.audio?.frame).toBeGreaterThan(last.audio?.frame ?? 0);
  });

  test('an epoch that is not newer is refused, another shape is another stream', async () => {
    house = new TestHouse();
    const [first, second] = [await house.greeted(), await house.greeted()];
    const id = randomBytes(16);
    const { stream } = await liveStream(first, { id, epoch: 3 });
    const stale = await second.ask({ openStream: { ...openWish(again(id, 3)).openStream, live: true } });
    expect(stale.failure?.code).toBe('STREAM_REPLACED');
    const other = await liveStream(second, { ...again(id, 4), channels: 1 });
    expect(other.resumed).toBe(false);
    expect(other.stream).not.toBe(stream);
  });

  test('what it holds is charged to whoever has it', async () => {
    house = new TestHouse(['null'], { poolBytes: 1_200_000 });
    const [first, second] = [await house.greeted(), await house.greeted()];
    const ids = Array.from({ length: 4 }, () => randomBytes(16));
    const [a, b] = ids;
    if (!a || !b) throw new Error('no ids');
    await liveStream(first, { id: a });
    await liveStream(first, { id: b });
    await liveStream(second, again(a, 1));
    await liveStream(second, again(b, 1));
    const full = await second.ask({
      openStream: { ...openWish().openStream, live: true, format: weir.v1.SampleFormat.F32 },
    });
    expect(full.failure?.code).toBe('QUOTA_EXCEEDED');
    // And the first has all of its own again.
    for (const id of ids.slice(2)) await liveStream(first, { id });
    const refused = await second.ask({ openStream: { ...openWish(again(ids[2] ?? a, 1)).openStream, live: true } });
    expect(refused.failure?.code).toBe('QUOTA_EXCEEDED');
    expect((await first.ask({ pauseStream: { stream: 6, paused: false } })).body).toBeDefined();
  });

  test('somebody else gets a stream of their own, and no hint', async () => {
    house = new TestHouse();
    const first = await house.greeted();
    const id = randomBytes(16);
    const { stream } = await liveStream(first, { id });
    const said: weir.v1.ServerMessage[] = [];
    const stranger = house.house.reception.accept(
      { carrier: 'websocket', sharedMemory: false, pairing: { id: '', name: 'a browser', role: 'owner' } },
      { send: (bytes) => said.push(weir.v1.ServerMessage.decode(bytes)), queuedBytes: () => 0, close: () => {} },
    );
    if (stranger instanceof Error) throw stranger;
    const say = (message: weir.v1.ClientMessage.$Properties) => {
      stranger.receive(weir.v1.ClientMessage.encode(message).finish(), []);
    };
    say({ requestId: 1, hello: { major: 1, minor: 0, name: 'stranger' } });
    say({ requestId: 2, openStream: { ...openWish(again(id, 9)).openStream, live: true } });
    const answer = said.find(({ requestId }) => requestId === 2)?.streamOpened;
    expect(answer?.resumed).toBe(false);
    expect(answer?.stream).not.toBe(stream);
    expect((await shownStream(first, stream))?.client).toBe(1);
    stranger.closed();
  });
});
