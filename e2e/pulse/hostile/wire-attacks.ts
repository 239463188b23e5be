import { COMMANDS, type CommandName, type RequestBody } from '../../../server/carrier/pulse/wire/requests.js';
import { proplistOf } from '../../../server/carrier/pulse/wire/values/proplist.js';
import { mutated, randomness } from '../../hostile/randomness.js';
import type { Attack } from '../../hostile/attack.js';
import { descriptor, frame, packet } from '../frames.js';
import { playing, recording } from '../opening.js';
import { nameOf, RawPulse } from '../raw-pulse.js';

const SEED = 20_240_229;
const FUZZED_PACKETS = 10_000;
/** Of one connection, before its answers are looked at. */
const PACKETS_AT_ONCE = 50;
const NOBODY = 1_000_000;
const MOST = 0xffff_ffff;

const some = { index: NOBODY };
const channel = 0;
const properties = proplistOf({ 'media.name': 'fuzz', 'application.name': 'fuzz' });
const device = { index: undefined, name: 'nothing.at.all' };

/** Requests of every kind. What others could rightly be told to do by them names nobody there is. */
const CORPUS: readonly Buffer[] = [
  request('SET_CLIENT_NAME', { properties }),
  request('CREATE_PLAYBACK_STREAM', playing()),
  request('CREATE_RECORD_STREAM', recording()),
  request('DELETE_PLAYBACK_STREAM', { channel }),
  request('DRAIN_PLAYBACK_STREAM', { channel }),
  request('GET_PLAYBACK_LATENCY', { channel, clientTimeUs: 17 }),
  request('GET_RECORD_LATENCY', { channel, clientTimeUs: 17 }),
  request('CORK_PLAYBACK_STREAM', { channel, corked: true }),
  request('FLUSH_PLAYBACK_STREAM', { channel }),
  request('SET_PLAYBACK_STREAM_NAME', { channel, name: 'fuzz' }),
  request('UPDATE_PLAYBACK_STREAM_PROPLIST', { channel, mode: 2, properties }),
  request('REMOVE_CLIENT_PROPLIST', { keys: ['media.name'] }),
  request('LOOKUP_SINK', { name: 'yard' }),
  request('STAT', undefined),
  request('GET_SERVER_INFO', undefined),
  request('SUBSCRIBE', { mask: 0x2ff }),
  request('GET_SINK_INFO', { device: { index: 0, name: undefined } }),
  request('GET_SINK_INFO_LIST', undefined),
  request('GET_SOURCE_INFO_LIST', undefined),
  request('GET_CLIENT_INFO', some),
  request('GET_SINK_INPUT_INFO', some),
  request('GET_SAMPLE_INFO', { sample: device }),
  request('CREATE_UPLOAD_STREAM', { name: 'fuzz', spec: playing().spec, map: [1, 2], lengthBytes: 4096, properties }),
  request('FINISH_UPLOAD_STREAM', { channel }),
  request('PLAY_SAMPLE', { sink: { index: undefined, name: undefined }, volume: undefined, name: 'fuzz', properties }),
  request('EXTENSION', { module: device, payload: Uint8Array.of(0x4c, 0, 0, 0, 0) }),
  request('LOAD_MODULE', { name: 'module-pipe-sink', arguments: 'file=/tmp/x' }),
  request('SEND_OBJECT_MESSAGE', { path: '/core', message: 'list-handlers', parameters: undefined }),
];

function request<N extends CommandName>(name: N, body: RequestBody<N>): Buffer {
  return packet(name, 1, body);
}

/** What this user may do to everybody: no attack, and not to be done here by chance. */
const ANYBODYS = new Set<number>(
  ([
    'SET_SINK_VOLUME', 'SET_SOURCE_VOLUME', 'SET_SINK_MUTE', 'SET_SOURCE_MUTE', 'SET_SINK_INPUT_VOLUME', 'SET_SINK_INPUT_MUTE',
    'SET_SOURCE_OUTPUT_VOLUME', 'SET_SOURCE_OUTPUT_MUTE', 'SET_DEFAULT_SINK', 'SET_DEFAULT_SOURCE', 'KILL_CLIENT',
    'KILL_SINK_INPUT', 'KILL_SOURCE_OUTPUT', 'MOVE_SINK_INPUT', 'MOVE_SOURCE_OUTPUT',
  ] as const).map((name) => COMMANDS[name].code),
); // prettier-ignore

function isAnybodys(bytes: Buffer): boolean {
  return bytes.length >= 5 && ANYBODYS.has(bytes.readUInt32BE(1));
}

/** Ten thousand requests that are almost right; a connection that does not survive one is followed by the next. */
function fuzz(socket: string): unknown {
  const random = randomness(SEED);
  let client = RawPulse.greeted(socket);
  let connections = 1;
  for (let sent = 1; sent <= FUZZED_PACKETS; sent++) {
    const original = CORPUS[random(CORPUS.length)] ?? Buffer.alloc(1);
    const bytes = mutated(original, random);
    const went = client.send(frame(isAnybodys(bytes) ? original : bytes));
    if (went && sent % PACKETS_AT_ONCE !== 0) continue;
    if (went && client.alive) continue;
    client.close();
    client = RawPulse.greeted(socket);
    connections++;
  }
  return { connections: connections > 1, alive: client.alive };
}

/** Every request of the corpus cut off at every byte: the frame is whole, what is in it is not. */
function cutOff(socket: string): unknown {
  let ended = 0;
  let cuts = 0;
  const whole = packet('CREATE_PLAYBACK_STREAM', 1, playing());
  for (let length = 1; length < whole.length; length++) {
    const client = RawPulse.greeted(socket);
    client.send(frame(whole.subarray(0, length)));
    if (client.awaitEnd()) ended++;
    cuts++;
    client.close();
  }
  return { all: ended === cuts };
}

/** A connection closed at every byte of its first frames. */
function hungUp(socket: string): unknown {
  const whole = Buffer.concat([
    frame(
      packet('AUTH', 0, { dialect: { version: 35, sharedMemory: true, memfd: true }, cookie: new Uint8Array(256) }),
    ),
    frame(packet('SET_CLIENT_NAME', 1, nameOf('gone'))),
    frame(packet('CREATE_PLAYBACK_STREAM', 2, playing())),
    frame(new Uint8Array(8), { channel: 0 }),
    frame(packet('DRAIN_PLAYBACK_STREAM', 3, { channel })),
  ]);
  for (let length = 0; length <= whole.length; length += length < 40 ? 1 : 7) {
    const client = new RawPulse(socket);
    client.send(whole.subarray(0, length));
    client.close();
  }
  return 'done';
}

function ends(socket: string, ...frames: Uint8Array[]): boolean {
  const client = RawPulse.greeted(socket);
  for (const one of frames) client.send(one);
  const ended = client.awaitEnd(3000);
  client.close();
  return ended;
}

/** Descriptors that no frame may have. */
function lengths(socket: string): unknown {
  return {
    empty: ends(socket, descriptor(0)),
    long: ends(socket, descriptor(0x0100_0001)),
    longest: ends(socket, descriptor(MOST)),
    negative: ends(socket, descriptor(0x8000_0000)),
    longSound: ends(socket, descriptor(0x0100_0000, { channel: 0 })),
    emptySound: ends(socket, descriptor(0, { channel: 0 })),
    seekMode: ends(socket, frame(new Uint8Array(4), { channel: 0, flags: 4 })),
    flaggedPacket: ends(socket, frame(new Uint8Array(16), { flags: 1 })),
    fullRelease: ends(socket, frame(new Uint8Array(4), { flags: 0x4000_0000 })),
    unknownFlags: ends(socket, frame(new Uint8Array(16), { channel: 0, flags: 0x1000_0000 })),
  };
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(5, 0x4c);
  bytes.writeUInt32BE(value, 1);
  return bytes;
};
const begun = (code: number): Buffer => Buffer.concat([u32(code), u32(1)]);
const raw = (code: number, ...rest: Uint8Array[]): Buffer => frame(Buffer.concat([begun(code), ...rest]));

/** Values that are none, each in a frame that is whole. */
function values(socket: string): unknown {
  const key = Buffer.from('Pta\0');
  const entry = (length: number, again: number, bytes: number): Buffer =>
    Buffer.concat([key, u32(length), Buffer.from('x'), u32(again).subarray(1), Buffer.alloc(bytes), Buffer.from('N')]);
  const set = COMMANDS.SET_CLIENT_NAME.code;
  const lookUp = COMMANDS.LOOKUP_SINK.code;
  return {
    noCommand: ends(socket, raw(MOST)),
    lengthsDiffer: ends(socket, raw(set, entry(4, 5, 5))),
    beyondThePacket: ends(socket, raw(set, entry(MOST, MOST, 4))),
    unended: ends(socket, raw(set, key)),
    notUtf8: ends(socket, raw(lookUp, Buffer.from([0x74, 0xff, 0xfe, 0]))),
    withoutNul: ends(socket, raw(lookUp, Buffer.from('tyard'))),
    wrongTag: ends(socket, raw(lookUp, u32(1))),
    more: ends(socket, raw(COMMANDS.STAT.code, u32(1))),
    volumes: ends(
      socket,
      raw(COMMANDS.SET_SINK_INPUT_VOLUME.code, u32(1), Buffer.from([0x76, 255]), Buffer.alloc(1020)),
    ),
    manyProperties: RawPulse.greeted(socket).word('UPDATE_CLIENT_PROPLIST', {
      mode: 2,
      properties: new Map(Array.from({ length: 200 }, (_, i) => [`k${i}`, Buffer.from('v\0')])),
    }),
  };
}

/** What comes before its turn, or twice. */
function outOfTurn(socket: string): unknown {
  const fresh = () => new RawPulse(socket);
  const once = fresh();
  once.authenticate();
  const twice = RawPulse.greeted(socket);
  const name = fresh();
  const old = fresh();
  const cookie = fresh();
  return {
    nameFirst: name.word('SET_CLIENT_NAME', nameOf('early')),
    nameEnded: name.awaitEnd(1000),
    noName: once.word('STAT', undefined),
    twice: wordOf(twice.authenticate()),
    twiceEnded: twice.awaitEnd(1000),
    old: wordOf(old.authenticate(false, 12)),
    wrongCookie: wordOf(cookie.authenticate(true, 35, new Uint8Array(256).fill(99))),
    shortCookie: wordOf(fresh().authenticate(true, 35, new Uint8Array(16))),
    kill: RawPulse.greeted(socket).word('EXIT', undefined),
    ring: RawPulse.greeted(socket).word('ENABLE_SRBCHANNEL', undefined),
    module: RawPulse.greeted(socket).word('LOAD_MODULE', { name: 'module-native-protocol-tcp', arguments: undefined }),
  };
}

const wordOf = (answer: unknown): string => (typeof answer === 'string' ? answer : 'done');

export const wireAttacks = {
  'fuzzed requests': fuzz,
  'requests cut off': cutOff,
  'hung up at every byte': hungUp,
  'lengths that cannot be': lengths,
  'values that are none': values,
  'out of turn': outOfTurn,
} satisfies Record<string, Attack>;
