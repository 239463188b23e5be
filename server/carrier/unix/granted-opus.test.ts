import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { weir } from '#proto';
import { opusAvailable, OpusEncoder } from '../../stream/codec/libopus.js';
import { toneJumps } from '../../stream/tone-jumps.fixture.js';
import { type Client, opened, TestHouse } from './house.fixture.js';

const { Codec, Direction, SampleFormat, StreamEvent } = weir.v1;

const PACKET_FRAMES = 960;
const PERIOD_FRAMES = 128;
/** libopus's own delay (RFC 7845, section 4.2). */
const LOOK_AHEAD_FRAMES = 312;

let house: TestHouse;
afterEach(() => house.close());

/** A tone of so many packets. */
function tonePackets(packets: number): Uint8Array[] {
  using encoder = OpusEncoder.open({ channels: 2, bitrate: 128_000, lowDelay: false });
  if (!encoder) throw new Error('no libopus');
  return Array.from({ length: packets }, (_, packet) => {
    const pcm = Float32Array.from({ length: PACKET_FRAMES * 2 }, (_, i) => {
      return 0.5 * Math.sin((2 * Math.PI * (packet * PACKET_FRAMES + (i >> 1))) / PERIOD_FRAMES);
    });
    return encoder.encode(pcm, PACKET_FRAMES)?.slice() ?? new Uint8Array();
  });
}

const granted = (client: Client, wish: weir.v1.IOpenStream = {}) =>
  opened(client, { codec: Codec.OPUS, opus: { frameUs: 20_000 }, latencyUs: 100_000, ...wish });

/** Sends packets as the server grants them. */
async function send(client: Client, opening: weir.v1.IStreamOpened, packets: Uint8Array[], from = 0): Promise<void> {
  const { stream } = opening;
  for (const [i, data] of packets.entries()) {
    const end = from + (i + 1) * PACKET_FRAMES;
    if (end > (opening.grantedFrames ?? 0)) {
      await client.until(({ grant }) => grant?.stream === stream && (grant?.frames ?? 0) >= end);
    }
    client.tell({ audio: { stream, frame: end - PACKET_FRAMES, data } });
  }
}

/** The left channel of what the output plays, from now on. */
async function listen(client: Client): Promise<() => Float32Array> {
  const { stream } = await opened(client, { direction: Direction.RECORD, format: SampleFormat.F32, channels: 1 });
  await client.until(({ audio }) => audio?.stream === stream);
  return () =>
    Float32Array.from(
      client.heard.flatMap(({ audio }) =>
        audio?.stream === stream ? [...new Float32Array((audio?.data ?? new Uint8Array()).slice().buffer)] : [],
      ),
    );
}

const audible = (sound: Float32Array) => {
  const loud = (x: number) => Math.abs(x) > 0.05;
  return sound.subarray(sound.findIndex(loud), sound.findLastIndex(loud) + 1);
};

const shownStream = async (client: Client, stream: number | null | undefined) => {
  const { snapshot } = await client.ask({ subscribe: { state: true } });
  return snapshot?.streams?.find((one) => one.stream === stream);
};

describe.runIf(opusAvailable)('granted playback of Opus', () => {
  test('is heard whole, frame after frame, and drained when the last one was', { timeout: 30_000 }, async () => {
    house = new TestHouse();
    const [client, ear] = [await house.greeted(), await house.greeted()];
    const heard = await listen(ear);
    const opening = await granted(client);
    expect(opening.codec).toBe(Codec.OPUS);
    await send(client, opening, tonePackets(100));
    expect((await client.ask({ drainStream: { stream: opening.stream } })).body).toBe('done');
    await sleep(200);
    const sound = audible(heard());
    expect(sound.length).toBeGreaterThan(100 * PACKET_FRAMES - LOOK_AHEAD_FRAMES - 200);
    expect(sound.length).toBeLessThan(100 * PACKET_FRAMES + 200);
    // Not its first packet, which no decoder gets as it was.
    for (const jump of toneJumps(sound.subarray(PACKET_FRAMES), PERIOD_FRAMES, 8 * PERIOD_FRAMES)) {
      expect(Math.abs(jump)).toBeLessThan(0.1);
    }
    expect((await shownStream(client, opening.stream))?.droppedFrames ?? 0).toBe(0);
  });

  test('grants begin with the window and a packet, and go on as frames are heard', async () => {
    house = new TestHouse();
    const client = await house.greeted();
    const { fillFrames, quantumFrames, grantedFrames, stream } = await granted(client);
    expect(grantedFrames).toBe((fillFrames ?? 0) + 2 * (quantumFrames ?? 0) + PACKET_FRAMES);
    for (const [i, data] of tonePackets(4).entries()) {
      client.tell({ audio: { stream, frame: i * PACKET_FRAMES, data } });
    }
    // Nothing but a drain lets a ring play that is not filled.
    await client.ask({ drainStream: { stream } });
    await client.until(({ grant }) => grant?.frames === 4 * PACKET_FRAMES + (grantedFrames ?? 0));
  });

  test('a packet for which the engine waits can always be sent, however little latency was asked for', async () => {
    house = new TestHouse();
    const client = await house.greeted();
    for (const opus of [{ frameUs: 20_000 }, undefined]) {
      const opening = await granted(client, { latencyUs: 2000, opus });
      await send(client, opening, tonePackets(20));
      const { stream } = opening;
      await client.until(
        ({ streamEvent }) => streamEvent?.stream === stream && streamEvent?.kind === StreamEvent.Kind.STARTED,
      );
    }
  });

  test('goes on with another connection where its sender was', async () => {
    house = new TestHouse();
    const [first, second] = [await house.greeted(), await house.greeted()];
    const id = randomBytes(16);
    const packets = tonePackets(5);
    const opening = await granted(first, { id, paused: true });
    await send(first, opening, packets.slice(0, 3));
    await first.ask({ clockPing: { t1Us: 1 } });
    const resumed = await granted(second, { id, epoch: 1, resume: true, paused: true });
    expect(resumed).toMatchObject({ resumed: true, nextFrame: 3 * PACKET_FRAMES, codec: Codec.OPUS });
    await send(second, resumed, packets.slice(3), 3 * PACKET_FRAMES);
    await expect.poll(async () => (await shownStream(second, resumed.stream))?.fillFrames).toBe(5 * PACKET_FRAMES);
  });

  test('what is no Opus is made up for, counted and told; what cannot be a packet is refused', async () => {
    house = new TestHouse();
    const client = await house.greeted();
    const { stream } = await granted(client, { paused: true });
    const [good] = tonePackets(1);
    // A length of 20 ms, and then nothing that libopus could read: two frames of different sizes, the first beyond the end.
    const broken = Uint8Array.of(0xfe, 250, 1, 2, 3);
    for (const [i, data] of [good, broken, good].entries()) client.tell({ audio: { stream, frame: i * 960, data } });
    const { streamEvent } = await client.until((message) => message.streamEvent?.code === 'PACKETS_UNREADABLE');
    expect(streamEvent).toMatchObject({ stream, kind: StreamEvent.Kind.DROPPED });
    const frames = streamEvent?.frames ?? 0;
    expect((await shownStream(client, stream))?.droppedFrames).toBe(frames);
    for (const audio of [
      { stream, frame: 0, data: new Uint8Array() },
      { stream, frame: 0, data: new Uint8Array(8000) },
      { stream, frame: 2 ** 53, data: good },
    ]) {
      expect((await client.ask({ audio })).failure?.code).toBe('BAD_MESSAGE');
    }
  });

  test('a flood fills its own ring, is dropped and told; what comes twice is heard once', async () => {
    house = new TestHouse();
    const [client, other] = [await house.greeted(), await house.greeted()];
    const { stream, capacityFrames } = await granted(client, { paused: true });
    const [data] = tonePackets(1);
    for (let i = 0; i < 1000; i++) client.tell({ audio: { stream, frame: i * 960, data } });
    for (let i = 0; i < 1000; i++) client.tell({ audio: { stream, frame: i * 960 + 480 * (i % 2), data } });
    await client.until((message) => message.streamEvent?.code === 'GRANT_EXCEEDED');
    await client.ask({ clockPing: { t1Us: 1 } });
    const whole = Math.floor((capacityFrames ?? 0) / 960);
    await expect.poll(async () => (await shownStream(client, stream))?.fillFrames).toBe(whole * 960);
    expect((await shownStream(client, stream))?.droppedFrames).toBe((1000 - whole) * 960 + 480);
    expect((await other.ask({ clockPing: { t1Us: 7 } })).clockPong?.t1Us).toBe(7);
  });

  test('what Opus does not carry is PCM', async () => {
    house = new TestHouse();
    const client = await house.greeted();
    expect((await granted(client, { rate: 44_100 })).codec).toBe(Codec.PCM);
    expect((await granted(client, { channels: 3 })).codec).toBe(Codec.PCM);
  });
});
