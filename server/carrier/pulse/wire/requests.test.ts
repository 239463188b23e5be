import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { framed, packetOf, requestBytes } from './frames.fixture.js';
import { NO_CHANNEL } from './framing/descriptor.js';
import { FrameReader } from './framing/frame-reader.js';
import { WeirError } from '../../../observe/errors.js';
import { FORMATS_MAX, PROPLIST_LIMITS, RECORDS_MAX, TEXT_LIMIT_BYTES, UPLOAD_LIMIT_BYTES, VERSION_MAX, VERSION_MIN } from './limits.js'; // prettier-ignore
import type { PlaybackRequest } from './messages/playback-stream.js';
import { type BadRequest, COMMANDS, parseRequest, type Request } from './requests.js';
import { ANY_PCM } from './values/format-info.js';
import { NO_PROPERTIES, type Proplist, proplistOf } from './values/proplist.js';

const properties = proplistOf({ 'media.name': 'a song', 'application.name': 'a player' });
const PLAYBACK: PlaybackRequest = {
  spec: { format: 's16le', channels: 2, rate: 44_100 }, map: [1, 2], sink: { index: undefined, name: undefined },
  maxLengthBytes: undefined, corked: true, targetLengthBytes: 24_576, prebufBytes: 0, minRequestBytes: 4096, syncId: 3, volume: [65_536, 0],
  noRemap: false, noRemix: true, fixFormat: false, fixRate: false, fixChannels: false, dontMove: true, variableRate: true, muted: false,
  adjustLatency: true, properties, volumeSet: false, earlyRequests: true, mutedSet: true, dontInhibitAutoSuspend: false, failOnSuspend: true,
  relativeVolume: true, passthrough: false, formats: [],
}; // prettier-ignore
const NO_SPEC = { format: undefined, channels: 0, rate: 0 };
const none = { index: undefined, name: undefined };

/** Real shapes of many kinds, as seeds. */
const SEEDS: readonly Buffer[] = [
  requestBytes('AUTH', 0, { dialect: { version: 35, sharedMemory: true, memfd: true }, cookie: new Uint8Array(256) }),
  requestBytes('SET_CLIENT_NAME', 1, { properties }),
  requestBytes('CREATE_PLAYBACK_STREAM', 2, { ...PLAYBACK, formats: [ANY_PCM, { encoding: 1, properties }] }),
  requestBytes('GET_PLAYBACK_LATENCY', 3, { channel: 0, clientTimeUs: 1_700_000_000_000_000 }),
  requestBytes('REMOVE_CLIENT_PROPLIST', 4, { keys: ['a', 'b'] }),
  requestBytes('SET_SINK_VOLUME', 5, { device: { index: undefined, name: 'null' }, volume: [1, 2, 3] }),
  requestBytes('PLAY_SAMPLE', 6, { sink: none, volume: undefined, name: 'ding', properties }),
  requestBytes('EXTENSION', 7, {
    module: { index: undefined, name: 'module-stream-restore' },
    payload: randomBytes(30),
  }),
];

const codeOf = (packet: Uint8Array): string => {
  const request = parseRequest(packet, VERSION_MAX);
  return request.name === undefined ? request.error.code : request.name;
};

test('every command has a number of its own', () => {
  const codes = Object.values(COMMANDS).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});

test('fields that a client’s version does not know have their default', () => {
  for (let version = VERSION_MIN; version <= VERSION_MAX; version += 1) {
    const request = parseRequest(requestBytes('CREATE_PLAYBACK_STREAM', 9, PLAYBACK, version), version);
    expect(request).toEqual({
      name: 'CREATE_PLAYBACK_STREAM',
      tag: 9,
      body: {
        ...PLAYBACK,
        ...(version < 14 && { volumeSet: true, earlyRequests: false }),
        ...(version < 15 && { mutedSet: false, failOnSuspend: false }),
        ...(version < 17 && { relativeVolume: false }),
      },
    });
  }
});

describe('what can be said but cannot be is INVALID', () => {
  const index = 0;
  const device = { index, name: 'both' };
  const cases: readonly [string, Buffer][] = [
    ['a device by index and name', requestBytes('CREATE_PLAYBACK_STREAM', 1, { ...PLAYBACK, sink: device })],
    ['no spec', requestBytes('CREATE_PLAYBACK_STREAM', 1, { ...PLAYBACK, spec: NO_SPEC })],
    ['a map of other channels', requestBytes('CREATE_PLAYBACK_STREAM', 1, { ...PLAYBACK, map: [0] })],
    ['no volume', requestBytes('CREATE_PLAYBACK_STREAM', 1, { ...PLAYBACK, volume: [] })],
    ['too loud', requestBytes('CREATE_PLAYBACK_STREAM', 1, { ...PLAYBACK, volume: [0, 0x8000_0000] })],
    ['volumes of other channels', requestBytes('CREATE_PLAYBACK_STREAM', 1, { ...PLAYBACK, volume: [0] })],
    ['a subscription', requestBytes('SUBSCRIBE', 1, { mask: 0x400 })],
    ['a mode', requestBytes('UPDATE_CLIENT_PROPLIST', 1, { mode: 3, properties })],
    ['a rate', requestBytes('UPDATE_PLAYBACK_STREAM_SAMPLE_RATE', 1, { channel: 0, rate: 0 })],
    ['no device', requestBytes('SET_SINK_MUTE', 1, { device: none, muted: true })],
    ['a name', requestBytes('LOOKUP_SINK', 1, { name: 'a b' })],
    ['a default', requestBytes('SET_DEFAULT_SINK', 1, { name: '' })],
    ['a sample of no length', requestBytes('CREATE_UPLOAD_STREAM', 1, { ...PLAYBACK, name: 'x', lengthBytes: 0 })],
    ['half a frame', requestBytes('CREATE_UPLOAD_STREAM', 1, { ...PLAYBACK, name: 'x', lengthBytes: 6 })],
  ];
  test.each(cases)('%s', (_, packet) => expect(codeOf(packet)).toBe('REQUEST_INVALID'));

  test('mpv’s empty spec with formats to choose from is fine, and so is pasuspender’s “all”', () => {
    const volume = Array.from({ length: 32 }, () => 65_536);
    const mpv = { ...PLAYBACK, spec: NO_SPEC, map: [], volume, formats: [ANY_PCM] };
    expect(codeOf(requestBytes('CREATE_PLAYBACK_STREAM', 1, mpv))).toBe('CREATE_PLAYBACK_STREAM');
    const all = { device: { index: undefined, name: '' }, suspended: true };
    expect(codeOf(requestBytes('SUSPEND_SINK', 1, all))).toBe('SUSPEND_SINK');
  });
});

describe('limits', () => {
  const named = (list: Proplist): string => codeOf(requestBytes('SET_CLIENT_NAME', 1, { properties: list }));
  const many = (count: number): Proplist => proplistOf(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))); // prettier-ignore

  test('of property lists', () => {
    const { entries, keyBytes, valueBytes, bytes } = PROPLIST_LIMITS;
    expect([named(many(entries)), named(many(entries + 1))]).toEqual(['SET_CLIENT_NAME', 'MESSAGE_TOO_LARGE']);
    const keyed = (length: number): Proplist => proplistOf({ ['k'.repeat(length)]: 'v' });
    expect([named(keyed(keyBytes)), named(keyed(keyBytes + 1))]).toEqual(['SET_CLIENT_NAME', 'MESSAGE_TOO_LARGE']);
    const valued = (length: number): Proplist => new Map([['k', new Uint8Array(length)]]);
    expect([named(valued(valueBytes)), named(valued(valueBytes + 1))]).toEqual(['SET_CLIENT_NAME', 'BAD_MESSAGE']);
    const two = (length: number): Proplist => new Map(['a', 'b'].map((key) => [key, new Uint8Array(length)]));
    expect([named(two(bytes / 2 - 1)), named(two(bytes / 2))]).toEqual(['SET_CLIENT_NAME', 'MESSAGE_TOO_LARGE']);
  });

  test('of the same property told over and over', () => {
    const packet = packetOf(COMMANDS.SET_CLIENT_NAME.code, 1, (to) => {
      to.bareU8(0x50);
      for (let n = 0; n <= PROPLIST_LIMITS.entries; n += 1) {
        to.string('k');
        to.u32(1);
        to.arbitrary(Uint8Array.of(0));
      }
      to.optionalString(undefined);
    });
    expect(codeOf(packet)).toBe('MESSAGE_TOO_LARGE');
  });

  test('of lengths that disagree, of keys that are none', () => {
    const entry = (key: string, said: number): Buffer =>
      packetOf(COMMANDS.SET_CLIENT_NAME.code, 1, (to) => {
        to.bareU8(0x50);
        to.string(key);
        to.u32(said);
        to.arbitrary(Uint8Array.of(65, 0));
        to.optionalString(undefined);
      });
    expect([entry('k', 2), entry('k', 3), entry('', 2), entry('é', 2), entry('a\n', 2)].map(codeOf)).toEqual(
      ['SET_CLIENT_NAME', 'BAD_MESSAGE', 'BAD_MESSAGE', 'BAD_MESSAGE', 'BAD_MESSAGE'],
    ); // prettier-ignore
  });

  test('of formats, keys, channels, text, samples and the cookie', () => {
    const formats = (count: number): string =>
      codeOf(requestBytes('CREATE_PLAYBACK_STREAM', 1, { ...PLAYBACK, formats: Array.from({ length: count }, () => ANY_PCM) })); // prettier-ignore
    expect([formats(FORMATS_MAX), formats(FORMATS_MAX + 1)]).toEqual(['CREATE_PLAYBACK_STREAM', 'MESSAGE_TOO_LARGE']);
    const keys = (count: number): string =>
      codeOf(requestBytes('REMOVE_CLIENT_PROPLIST', 1, { keys: Array.from({ length: count }, () => 'k') }));
    expect([keys(RECORDS_MAX), keys(RECORDS_MAX + 1)]).toEqual(['REMOVE_CLIENT_PROPLIST', 'MESSAGE_TOO_LARGE']);
    const volumes = (count: number): string =>
      codeOf(requestBytes('SET_SINK_INPUT_VOLUME', 1, { index: 0, volume: Array.from({ length: count }, () => 1) }));
    expect([volumes(32), volumes(33)]).toEqual(['SET_SINK_INPUT_VOLUME', 'BAD_MESSAGE']);
    const titled = (length: number): string =>
      codeOf(requestBytes('SET_PLAYBACK_STREAM_NAME', 1, { channel: 0, name: 'x'.repeat(length) }));
    expect([titled(TEXT_LIMIT_BYTES), titled(TEXT_LIMIT_BYTES + 1)]).toEqual(['SET_PLAYBACK_STREAM_NAME', 'MESSAGE_TOO_LARGE']); // prettier-ignore
    const upload = (lengthBytes: number): string =>
      codeOf(requestBytes('CREATE_UPLOAD_STREAM', 1, { ...PLAYBACK, name: 'x', lengthBytes }));
    expect([upload(UPLOAD_LIMIT_BYTES), upload(UPLOAD_LIMIT_BYTES + 4)]).toEqual(['CREATE_UPLOAD_STREAM', 'MESSAGE_TOO_LARGE']); // prettier-ignore
    const dialect = { version: 35, sharedMemory: false, memfd: false };
    expect(codeOf(requestBytes('AUTH', 1, { dialect, cookie: new Uint8Array(255) }))).toBe('BAD_MESSAGE');
  });
});

describe('noise', () => {
  const parse = (packet: Uint8Array): Request | BadRequest =>
    parseRequest(packet, randomInt(VERSION_MIN, VERSION_MAX + 1));

  test('a request that ends early is refused, wherever it ends', () => {
    for (const seed of SEEDS.slice(0, -1)) {
      expect(codeOf(seed)).not.toMatch(/BAD|INVALID|LARGE/);
      for (let length = 0; length < seed.length; length += 1) {
        expect(codeOf(seed.subarray(0, length)), `${length} bytes`).toBe('BAD_MESSAGE');
      }
      expect(codeOf(Buffer.concat([seed, Buffer.of(0x30)]))).toBe('BAD_MESSAGE');
    }
  });

  test('of 50 000 packets is a request or is refused; nothing else happens', () => {
    for (let n = 0; n < 50_000; n += 1) {
      const seed = Buffer.from(SEEDS[randomInt(SEEDS.length)] ?? '');
      for (let flips = randomInt(1, 8); flips > 0; flips -= 1) seed[randomInt(seed.length)] = randomInt(256);
      const request = parse(
        randomInt(4) === 0 ? randomBytes(randomInt(200)) : seed.subarray(0, randomInt(1, seed.length + 1)),
      );
      if (request.name === undefined) expect(request.error).toBeInstanceOf(WeirError);
    }
  }, 60_000);

  test('of 2 000 connections ends each with one error, or leaves it waiting', () => {
    for (let n = 0; n < 2000; n += 1) {
      const reader = new FrameReader();
      reader.sharedMemory = n % 2 === 0;
      const stream = Buffer.concat(SEEDS.map((seed) => framed(seed, NO_CHANNEL, 0n, 0)));
      for (let flips = randomInt(10); flips > 0; flips -= 1) stream[randomInt(stream.length)] = randomInt(256);
      for (let at = 0; at < stream.length;) {
        const room = reader.room();
        const part = stream.subarray(at, at + Math.min(room.length, randomInt(1, 700)));
        room.set(part);
        reader.filled(part.length, randomInt(9) === 0 ? [n] : []);
        at += part.length;
        let frame = reader.next();
        for (; frame !== undefined && !(frame instanceof WeirError); frame = reader.next()) {
          if (frame.kind === 'packet') parse(frame.bytes);
        }
        if (frame === undefined) continue;
        expect(reader.next()).toBe(frame);
        break;
      }
    }
  }, 60_000);
});

test('an empty list of properties is one', () => {
  expect(parseRequest(requestBytes('SET_CLIENT_NAME', 1, { properties: NO_PROPERTIES }), 35)).toMatchObject({
    body: { properties: new Map() },
  });
});
