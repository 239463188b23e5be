import { randomBytes, randomInt } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { weir } from '#proto';
import { frameOf } from '../../../native-shim/client/framing.js';
import { type Client, TestHouse } from './house.fixture.js';

const { Direction, SampleFormat, Transport } = weir.v1;
const MESSAGES = 10_000;

let house: TestHouse | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

/** One of every request, some of them sensible. */
const SEEDS: readonly weir.v1.IClientMessage[] = [
  { hello: { major: 1, minor: 0, name: 'fuzz', sharedMemory: true } },
  { clockPing: { t1Us: 1234 } },
  ...[Transport.RING, Transport.COPIES].flatMap((transport) =>
    [Direction.PLAYBACK, Direction.RECORD].map((direction) => ({
      openStream: {
        id: randomBytes(16), epoch: 1, direction, name: 'song', device: '', format: SampleFormat.S16, rate: 48_000, channels: 2,
        latencyUs: 20_000, transport, volume: 1, paused: false, mixMinus: true,
      },
    })),
  ),
  { closeStream: { stream: 1 } },
  { pauseStream: { stream: 2, paused: true } },
  { drainStream: { stream: 2 } },
  { audio: { stream: 1, frame: 0, captureUs: 5, data: new Uint8Array(400), skewPpb: -(2 ** 31), skewErrorPpb: 1 } },
  { subscribe: { state: true, metersHz: 30 } },
  { setLevel: { device: 'null', volume: 0.5, muted: false } },
  { setLevel: { stream: 1, volume: 1.5 } },
  { moveStream: { stream: 1, device: 'null' } },
  { setDefault: { device: 'null' } },
  { kickClient: { client: 1_000_000 } },
  { uploadSample: { name: 'ping', format: SampleFormat.S16, rate: 48_000, channels: 1, sizeBytes: 4096 } },
  { playSample: { name: 'ping', device: 'null', volume: 1 } },
  { removeSample: { name: 'ping' } },
]; // prettier-ignore

function seed(): Uint8Array {
  const chosen = SEEDS[randomInt(SEEDS.length)] ?? {};
  return weir.v1.ClientMessage.encode({ ...chosen, requestId: randomInt(5) }).finish();
}

/** Bits flipped, cut short, doubled, joined with another, or noise; nested groups now and then, to any depth. */
function mutated(): Uint8Array {
  const bytes = Uint8Array.from(seed());
  switch (randomInt(7)) {
    case 0:
      return randomBytes(randomInt(200));
    case 1:
      return bytes.subarray(0, randomInt(bytes.length + 1));
    case 2:
      return Buffer.concat([bytes, seed()]);
    case 3:
      return Buffer.alloc(randomInt(20_000), 0x0b);
    case 4:
      return Buffer.concat([bytes.subarray(0, randomInt(bytes.length)), randomBytes(8), bytes]);
    default:
      for (let flips = randomInt(1, 6); flips > 0; flips--) bytes[randomInt(bytes.length)] = randomInt(256);
      return bytes;
  }
}

function framed(message: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(randomInt(50) === 0 ? randomInt(2 ** 32) : message.length);
  return Buffer.concat([header, message]);
}

test(`${MESSAGES} messages of noise: only their own connections suffer`, { timeout: 120_000 }, async () => {
  const made = (house = new TestHouse());
  const bystander = await made.greeted('bystander');
  const { streamOpened } = await bystander.ask({
    openStream: {
      id: randomBytes(16),
      direction: Direction.PLAYBACK,
      name: 'calm',
      format: SampleFormat.S16,
      rate: 48_000,
      channels: 2,
      transport: Transport.COPIES,
    },
  });
  let ended = 0;
  let attacker: Client | undefined;
  for (let sent = 0; sent < MESSAGES;) {
    if (!attacker || attacker.over) {
      if (attacker) ended++;
      attacker = made.connect();
      if (randomInt(10) > 0) attacker.tell({ hello: { major: 1, name: 'fuzz', sharedMemory: true } });
    }
    const batch = Array.from({ length: 20 }, () => framed(mutated()));
    sent += batch.length;
    attacker.socket.send(Buffer.concat(batch));
    await new Promise((settle) => setImmediate(settle));
  }
  attacker?.close();
  expect(ended).toBeGreaterThan(50);
  expect(bystander.over).toBe(false);
  expect((await bystander.ask({ clockPing: { t1Us: 7 } })).clockPong?.t1Us).toBe(7);
  const { snapshot } = await bystander.ask({ subscribe: { state: true } });
  expect(snapshot?.clients?.map(({ name }) => name)).toEqual(['bystander']);
  expect(snapshot?.streams?.map(({ stream }) => stream)).toEqual([streamOpened?.stream]);
});

test('a frame cut anywhere is waited for; the rest may come in pieces', async () => {
  const made = (house = new TestHouse());
  const hello = frameOf({ requestId: 1, hello: { major: 1, name: 'slow' } });
  const client = made.connect();
  for (const byte of hello) {
    client.socket.send(Uint8Array.of(byte));
    await new Promise((settle) => setImmediate(settle));
  }
  expect((await client.until(({ requestId }) => requestId === 1)).welcome?.major).toBe(1);
});
