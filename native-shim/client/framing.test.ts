import fc from 'fast-check';
import { weir } from '#proto';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../server/observe/errors.js';
import { Deframer, frameOf, HEADER_BYTES } from './framing.js';

const LIMIT = 200_000;

function framed(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length, true);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Feeds `bytes` in pieces of the given sizes (the last size repeats) and copies out what comes. */
function fed(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] | WeirError {
  const deframer = new Deframer(LIMIT);
  const messages: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const room = deframer.room();
    expect(room.length).toBeGreaterThan(0);
    const size = Math.min(sizes[Math.min(turn, sizes.length - 1)] ?? 1, room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + size));
    deframer.filled(size);
    at += size;
    for (let message = deframer.next(); message !== undefined; message = deframer.next()) {
      if (message instanceof WeirError) return message;
      messages.push(message.slice());
    }
  }
  return messages;
}

describe('framing', () => {
  test('messages come out as they went in, however the bytes are cut', () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: LIMIT }));
    fc.assert(
      fc.property(
        fc.array(length, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 12 }),
        (lengths, sizes) => {
          const payloads = lengths.map((n, index) => new Uint8Array(n).fill(index + 1));
          const got = fed(Buffer.concat(payloads.map(framed)), [...sizes, 65_536]);
          if (got instanceof WeirError) throw got;
          expect(got.length).toBe(payloads.length);
          // Buffer's own comparison: an assertion on each of a million bytes takes a minute.
          expect(got.every((message, index) => Buffer.compare(message, payloads[index] ?? Buffer.of()) === 0)).toBe(
            true,
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('byte by byte', () => {
    const payloads = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(300).fill(7)];
    expect(fed(Buffer.concat(payloads.map(framed)), [1])).toEqual(payloads);
  });

  test('pushed in pieces of any size, and nothing after a refusal', () => {
    const payloads = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(LIMIT).fill(7)];
    const bytes = Buffer.concat([...payloads.map(framed), framed(new Uint8Array(LIMIT + 1)), framed(Buffer.of(4))]);
    for (const size of [1000, 70_000, bytes.length]) {
      const deframer = new Deframer(LIMIT);
      const got: (Buffer | string)[] = [];
      for (let at = 0; at < bytes.length && !got.includes('MESSAGE_TOO_LARGE'); at += size) {
        for (const message of deframer.push(bytes.subarray(at, at + size)))
          got.push(message instanceof WeirError ? message.code : Buffer.from(message));
      }
      expect(got).toHaveLength(4);
      expect(payloads.every((payload, i) => Buffer.from(payload).equals(Buffer.from(got[i] ?? '')))).toBe(true);
      expect(got[3]).toBe('MESSAGE_TOO_LARGE');
    }
  });

  test('a message at the limit passes, one above is refused before its bytes are awaited', () => {
    expect(fed(framed(new Uint8Array(LIMIT)), [50_000])).toHaveLength(1);
    const refusal = fed(framed(new Uint8Array(LIMIT + 1)), [HEADER_BYTES]);
    expect(refusal).toBeInstanceOf(WeirError);
    expect(refusal).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  test('random bytes give messages, nothing, or a refusal; never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 1, max: 500 }), (bytes, size) => {
        fed(bytes, [size]);
      }),
    );
  });

  test('frameOf puts the length before the message', () => {
    const frame = frameOf({ requestId: 7, moveStream: { stream: 3, device: 'speakers' } });
    const [message] = fed(frame, [3]) as Uint8Array[];
    const decoded = weir.v1.ClientMessage.decode(message ?? new Uint8Array());
    expect(decoded.requestId).toBe(7);
    expect(decoded.moveStream).toMatchObject({ stream: 3, device: 'speakers' });
  });
});
