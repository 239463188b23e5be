import { weir } from '#proto';
import { frameOf, HEADER_BYTES } from '../../native-shim/client/framing.js';
import type { Attack } from './attack.js';
import { mutated, randomness } from './randomness.js';
import { RawClient } from './raw-client.js';
import { opening } from './ring-attacks.js';

const FUZZED_MESSAGES = 10_000;
const RANDOM_FRAMES = 200;
/** Of one connection: under what a connection may ask at once. */
const MESSAGES_PER_CONNECTION = 1000;
const SEED = 20_240_229;

const hello = { hello: { major: 1, minor: 0, name: 'fuzz', sharedMemory: true } };

/** One of everything that a client can say. What another client could rightly be told to do by it names nobody there is. */
const CORPUS: weir.v1.ClientMessage.$Properties[] = [
  hello,
  { clockPing: { t1Us: 123_456 } },
  { openStream: { ...opening('playback'), device: 'yard' } },
  { openStream: { ...opening('playback'), device: 'yard', transport: weir.v1.Transport.COPIES } },
  { openStream: { ...opening('record'), device: 'yard.monitor' } },
  { openStream: { ...opening('record'), device: 'yard.monitor', transport: weir.v1.Transport.COPIES, mixMinus: true } },
  { closeStream: { stream: 1_000_000 } },
  { pauseStream: { stream: 1_000_000, paused: true } },
  { drainStream: { stream: 1_000_000 } },
  { audio: { stream: 1_000_000, frame: 17, captureUs: 3, data: new Uint8Array(64) } },
  { subscribe: { state: true, metersHz: 10 } },
  { uploadSample: { name: 'x', format: weir.v1.SampleFormat.S16, rate: 48_000, channels: 2, sizeBytes: 4096 } },
  { playSample: { name: 'x', device: 'yard', volume: 1 } },
  { removeSample: { name: 'x' } },
  { setLevel: { device: 'nobody', volume: 1 } },
  { moveStream: { stream: 1_000_000, device: 'nobody' } },
  { setDefault: { device: 'nobody' } },
  { kickClient: { client: 1_000_000 } },
];

/** What this user may do to every stream there is: no attack, and not to be done here by chance. */
const ANYBODYS = new Set(['setLevel', 'moveStream', 'setDefault', 'kickClient']);

function isAnybodys(payload: Uint8Array): boolean {
  try {
    return ANYBODYS.has(weir.v1.ClientMessage.decode(payload).body ?? '');
  } catch {
    return false;
  }
}

function framed(payload: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length);
  return Buffer.concat([header, payload]);
}

/** Ten thousand messages that are almost right; a connection that does not survive one is followed by the next. */
function fuzz(socket: string): unknown {
  const random = randomness(SEED);
  let client = RawClient.greeted(socket);
  let connections = 1;
  let sent = 0;
  for (let ofThis = 0; sent < FUZZED_MESSAGES;) {
    const original = CORPUS[random(CORPUS.length)] ?? hello;
    const isSafe = ANYBODYS.has(Object.keys(original)[0] ?? '');
    const message = weir.v1.ClientMessage.encode({ ...original, requestId: random(1000) }).finish();
    const payload = isSafe ? message : mutated(message, random);
    if (!isSafe && isAnybodys(payload)) continue;
    const alive = client.send(framed(payload)) && ++ofThis < MESSAGES_PER_CONNECTION;
    sent++;
    if (alive && sent % 50 !== 0) continue;
    // Its answers are read now and then; a message that ended the connection is found here too.
    if (alive && client.alive) continue;
    client.close();
    client = RawClient.greeted(socket);
    connections++;
    ofThis = 0;
  }
  return { sent, connections: connections > 1, alive: client.alive };
}

/** Bytes of no protocol at all. */
function randomFrames(socket: string): unknown {
  const random = randomness(SEED);
  const words = new Set<string>();
  for (let i = 0; i < RANDOM_FRAMES; i++) {
    const client = i % 2 === 0 ? new RawClient(socket) : RawClient.greeted(socket);
    const bytes = Uint8Array.from({ length: 1 + random(2000) }, () => random(256));
    client.send(i % 4 < 2 ? bytes : framed(bytes));
    // Half a message announced by chance would be waited for.
    client.send(new Uint8Array(HEADER_BYTES).fill(0xff));
    if (i % 4 >= 2) words.add(client.awaitEnd());
    client.close();
  }
  return [...words].sort();
}

/** A message cut off at every byte, and the connection closed there. */
function truncated(socket: string): unknown {
  const whole = frameOf(hello);
  for (let length = 0; length < whole.length; length++) {
    const client = new RawClient(socket);
    client.send(whole.subarray(0, length));
    client.close();
  }
  return whole.length;
}

/** A length that nobody should wait for. */
function tooLong(socket: string): unknown {
  return [0x00040001, 0x7fffffff, 0xffffffff].map((length) => {
    const client = RawClient.greeted(socket);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(length);
    client.send(header);
    return client.awaitEnd();
  });
}

function outOfTurn(socket: string): unknown {
  const early = new RawClient(socket);
  const twice = RawClient.greeted(socket);
  const old = new RawClient(socket);
  return {
    early: early.ask({ clockPing: { t1Us: 1 } }),
    twice: twice.ask(hello),
    old: old.ask({ hello: { ...hello.hello, major: 99 } }),
  };
}

export const wireAttacks = {
  'fuzzed messages': fuzz,
  'random frames': randomFrames,
  'truncated frames': truncated,
  'too long': tooLong,
  'out of turn': outOfTurn,
} satisfies Record<string, Attack>;
