import { describe, expect, test } from 'vitest';
import { WeirError } from '../../../../observe/errors.js';
import { bytesOfFrame, framed } from '../frames.fixture.js';
import { BLOCK_LIMIT_BYTES, FDS_PER_FRAME_MAX, FRAMES_WITH_FDS_MAX, PACKET_LIMIT_BYTES } from '../limits.js';
import { NO_CHANNEL } from './descriptor.js';
import { type Frame, FrameReader } from './frame-reader.js';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);
const fds: readonly number[] = [];
const FRAMES: readonly Frame[] = [
  { kind: 'packet', bytes: bytes(30), fds },
  { kind: 'sound', channel: 3, offset: -4, seek: 2, bytes: bytes(3000), fds },
  { kind: 'sound', channel: 0, offset: 2 ** 40, seek: 1, bytes: bytes(1), fds },
  { kind: 'reference', channel: 1, offset: 0, seek: 0, reference: { block: 1, pool: 0xffff_fffe, index: 64, lengthBytes: 9 }, fds },
  { kind: 'release', block: 0xffff_ffff, fds },
  { kind: 'revoke', block: 7, fds },
  { kind: 'packet', bytes: bytes(9000), fds },
]; // prettier-ignore
const STREAM = Buffer.concat(FRAMES.map(bytesOfFrame));

function reader(): FrameReader {
  const made = new FrameReader();
  made.sharedMemory = true;
  return made;
}

/** What comes of these bytes, the views copied; a WeirError is the last. */
function push(to: FrameReader, data: Uint8Array, came: readonly number[] = []): (Frame | WeirError)[] {
  const found: (Frame | WeirError)[] = [];
  for (let at = 0; at < data.length;) {
    const part = data.subarray(at, at + to.room().length);
    to.room().set(part);
    at += part.length;
    to.filled(part.length, at === data.length ? came : []);
    for (let frame = to.next(); frame !== undefined; frame = to.next()) {
      if (frame instanceof WeirError) return [...found, frame];
      found.push('bytes' in frame ? { ...frame, bytes: Uint8Array.from(frame.bytes) } : frame);
    }
  }
  return found;
}

const broken = (what: string): unknown => expect.objectContaining({ code: 'BAD_MESSAGE', what });

describe('frames', () => {
  test('come whole, however they were cut', () => {
    expect(push(reader(), STREAM)).toEqual(FRAMES);
    for (const size of [1, 2, 19, 20, 21, 1000, 4096]) {
      const cut = reader();
      const found: (Frame | WeirError)[] = [];
      for (let at = 0; at < STREAM.length; at += size) found.push(...push(cut, STREAM.subarray(at, at + size)));
      expect(found, `${size} bytes at a time`).toEqual(FRAMES);
    }
  });

  test('may wait while more comes: there is room behind them', () => {
    const put = reader();
    const small = framed(bytes(12), 1, 0n, 0);
    const many = Buffer.concat(Array.from({ length: 128 }, () => small));
    expect(many.length).toBe(4096);
    put.put(many, []);
    const room = put.room();
    expect(room.length).toBeGreaterThan(small.length);
    room.set(small);
    put.filled(small.length);
    for (let i = 0; i < 129; i++) expect(put.next()).toMatchObject({ kind: 'sound', channel: 1 });
    expect(put.next()).toBeUndefined();
  });

  test('come the same of bytes that were received elsewhere', () => {
    for (const size of [1, 19, 2048, 5000]) {
      const put = reader();
      const found: (Frame | WeirError | undefined)[] = [];
      for (let at = 0; at < STREAM.length; at += size) {
        put.put(STREAM.subarray(at, at + size), []);
        for (let frame = put.next(); frame !== undefined; frame = put.next()) {
          found.push('bytes' in frame ? { ...frame, bytes: Uint8Array.from(frame.bytes) } : frame);
        }
      }
      expect(found, `${size} bytes at a time`).toEqual(FRAMES);
    }
  });

  test('are views of what was received, not copies', () => {
    const to = reader();
    const room = to.room();
    room.set(framed(bytes(8), 0, 0n, 0));
    to.filled(28);
    const frame = to.next();
    if (frame instanceof WeirError || frame?.kind !== 'sound') throw new Error('no sound');
    expect(frame.bytes.buffer).toBe(room.buffer);
  });

  test.each([
    ['a packet with flags', framed(bytes(9), NO_CHANNEL, 0n, 1)],
    ['an empty frame', framed(bytes(0), NO_CHANNEL, 0n, 0)],
    ['an empty frame', framed(bytes(0), 5, 0n, 0)],
    ['a seek mode that there is not', framed(bytes(4), 5, 0n, 4)],
    ['a release with something in it', framed(bytes(4), NO_CHANNEL, 0n, 0x4000_0000)],
    ['a reference that is none', framed(bytes(15), 5, 0n, 0xa000_0000)],
    ['a reference that is none', framed(bytes(20), 5, 0n, 0xa000_0000)],
    ['an empty frame', framed(Buffer.alloc(16), 5, 0n, 0xa000_0000)],
    ['shared memory that is no memfd of the client', framed(bytes(16), 5, 0n, 0x8000_0000)],
    ['shared memory that is no memfd of the client', framed(bytes(16), 5, 0n, 0xa080_0000)],
    ['shared memory that is no memfd of the client', framed(bytes(16), 5, 0n, 0x100)],
  ])('%s (%#) ends the connection, for good', (what, frame) => {
    const to = reader();
    expect(push(to, frame)).toEqual([broken(what)]);
    expect(push(to, STREAM)).toEqual([broken(what)]);
  });

  test('by reference need shared memory to be agreed on', () => {
    for (const flags of [0xa000_0000, 0x4000_0000, 0xc000_0000]) {
      const to = new FrameReader();
      expect(push(to, framed(bytes(16), 0, 0n, flags))).toEqual([broken('shared memory that was not agreed on')]);
    }
  });
});

describe('descriptors', () => {
  const packet = framed(bytes(15), NO_CHANNEL, 0n, 0);

  test('belong to the last frame that began in what was received with them', () => {
    const to = reader();
    const found = push(to, Buffer.concat([packet, packet, packet.subarray(0, 7)]), [41]);
    expect(found.map((frame) => !(frame instanceof WeirError) && frame.fds)).toEqual([[], []]);
    expect(push(to, packet.subarray(7))).toMatchObject([{ kind: 'packet', fds: [41] }]);
    expect(push(to, Buffer.concat([packet, packet]), [42, 43])).toMatchObject([{ fds: [] }, { fds: [42, 43] }]);
    expect(push(to, packet)).toMatchObject([{ fds: [] }]);
    expect(to.leave()).toEqual([]);
  });

  test('that came with a later part of a frame are that frame’s', () => {
    const to = reader();
    push(to, packet.subarray(0, 21), [5]);
    expect(push(to, packet.subarray(21), [6])).toMatchObject([{ fds: [5, 6] }]);
  });

  test('of frames that were not taken are handed back to be closed', () => {
    const to = reader();
    push(to, packet.subarray(0, 30), [9]);
    expect(to.leave()).toEqual([9]);
    expect(to.leave()).toEqual([]);
  });
});

describe('limits', () => {
  const header = (length: number, channel: number): Buffer => {
    const descriptor = framed(bytes(1), channel, 0n, 0).subarray(0, 20);
    descriptor.writeUInt32BE(length);
    return descriptor;
  };

  test.each([
    ['a packet', NO_CHANNEL, PACKET_LIMIT_BYTES],
    ['a block', 0, BLOCK_LIMIT_BYTES],
  ])('%s of the limit passes; a byte more is refused before it is waited for', (_, channel, limit) => {
    expect(push(reader(), framed(bytes(limit), channel, 0n, 0))).toMatchObject([{ bytes: { length: limit } }]);
    for (const length of [limit + 1, 0xffff_ffff]) {
      const what = `a frame of ${length} bytes; ${limit} is the limit`;
      expect(push(reader(), header(length, channel))).toEqual([broken(what)]);
    }
  });

  test('a reference may not name more than a block', () => {
    const reference = (lengthBytes: number): Buffer =>
      bytesOfFrame({ kind: 'reference', channel: 0, offset: 0, seek: 0, reference: { block: 0, pool: 1, index: 64, lengthBytes }, fds }); // prettier-ignore
    expect(push(reader(), reference(BLOCK_LIMIT_BYTES))).toMatchObject([{ kind: 'reference' }]);
    expect(push(reader(), reference(BLOCK_LIMIT_BYTES + 1))).toMatchObject([{ code: 'BAD_MESSAGE' }]);
  });

  test('more descriptors than a frame may have end the connection, and none is lost', () => {
    const many = Array.from({ length: FDS_PER_FRAME_MAX + 1 }, (_, index) => index + 50);
    const to = reader();
    expect(push(to, STREAM.subarray(0, 10), many.slice(1))).toEqual([]);
    expect(push(to, STREAM.subarray(10, 20), many.slice(0, 1))).toEqual([broken('too many descriptors')]);
    expect(to.leave().sort()).toEqual(many);
  });

  test('frames with descriptors that nobody takes end the connection, and none is lost', () => {
    const to = reader();
    const packet = framed(bytes(15), NO_CHANNEL, 0n, 0);
    const came = Array.from({ length: FRAMES_WITH_FDS_MAX + 1 }, (_, index) => 100 + index);
    for (const fd of came) {
      to.room().set(packet);
      to.filled(packet.length, [fd]);
    }
    expect(to.next()).toEqual(broken('too many descriptors'));
    expect(to.leave()).toEqual(came);
  });
});
