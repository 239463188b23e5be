import { readVarint } from '../quic/varint.js';

/** An HTTP/3 frame (RFC 9114, 7.1) or a capsule (RFC 9297, 3.2): both are type, length, value. */
export interface Tlv {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Type and length are two varints at most. */
const HEADER_BYTES_MAX = 16;

/**
 * Cuts a byte stream into frames or capsules. Only values of types that `limitOf` knows are kept, and no longer than it
 * says; the others are passed over without being kept, however long they are.
 */
export class TlvReader {
  #waiting = Buffer.alloc(0);
  #skipBytes = 0;

  /** @param limitOf the longest value of this type that is accepted; undefined passes it over */
  constructor(readonly limitOf: (type: number) => number | undefined) {}

  /** What has become whole, each before the next is looked at; `too long` is the last: the stream cannot go on. */
  *push(bytes: Uint8Array): Generator<Tlv | 'too long'> {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    for (;;) {
      this.#skip();
      const header = readHeader(this.#waiting);
      if (!header) return;
      const { type, length, next } = header;
      const limitBytes = this.limitOf(type);
      if (limitBytes === undefined) {
        this.#waiting = this.#waiting.subarray(next);
        this.#skipBytes = length;
        continue;
      }
      if (length > limitBytes) {
        yield 'too long';
        return;
      }
      if (this.#waiting.length < next + length) return;
      const value = this.#waiting.subarray(next, next + length);
      this.#waiting = this.#waiting.subarray(next + length);
      yield { type, value };
    }
  }

  #skip(): void {
    const skipped = Math.min(this.#skipBytes, this.#waiting.length);
    this.#skipBytes -= skipped;
    this.#waiting = this.#waiting.subarray(skipped);
  }
}

function readHeader(bytes: Buffer): { type: number; length: number; next: number } | undefined {
  if (bytes.length === 0) return undefined;
  const type = readVarint(bytes.subarray(0, HEADER_BYTES_MAX));
  const length = type && readVarint(bytes, type.next);
  return length && { type: type.value, length: length.value, next: length.next };
}
