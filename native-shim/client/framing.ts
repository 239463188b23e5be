import { weir } from '#proto';
import { Writer } from 'protobufjs/minimal.js';
import { WeirError } from '../../server/observe/errors.js';

/** Each message is preceded by its length: u32, little endian. */
export const HEADER_BYTES = 4;

const FIRST_BUFFER_BYTES = 64 * 1024;
/** Less room than this at the buffer's end is made more by moving what is left to its start. */
const SMALLEST_READ_BYTES = 8 * 1024;

/** One ClientMessage with its length before it, encoded in one go. */
export function frameOf(message: weir.v1.ClientMessage.$Properties): Uint8Array {
  const frame = weir.v1.ClientMessage.encode(message, Writer.create().fixed32(0)).finish();
  new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES).setUint32(0, frame.length - HEADER_BYTES, true);
  return frame;
}

/**
 * Cuts a byte stream into messages. Bytes are received straight into its buffer and messages are views of it, so
 * nothing is joined or copied but the odd remainder. Ask `next` until it has no more before asking for `room` again.
 */
export class Deframer {
  #buffer: Uint8Array<ArrayBuffer>;
  #start = 0;
  #end = 0;

  /** @param limitBytes the longest message that is accepted; the buffer grows up to it when such a one is announced */
  constructor(
    readonly limitBytes: number,
    firstBufferBytes = FIRST_BUFFER_BYTES,
  ) {
    this.#buffer = new Uint8Array(firstBufferBytes);
  }

  /** Where the next bytes go; never empty. Ends the life of the messages given before. */
  room(): Uint8Array {
    const waiting = this.#end - this.#start;
    if (waiting === 0) this.#start = this.#end = 0;
    const needed = waiting < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + this.#length();
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(needed);
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = larger;
    } else if (this.#buffer.length - this.#start < needed || this.#buffer.length - this.#end < SMALLEST_READ_BYTES) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      return this.#buffer.subarray(this.#end);
    }
    this.#start = 0;
    this.#end = waiting;
    return this.#buffer.subarray(this.#end);
  }

  /** So many bytes were put into the room. */
  filled(bytes: number): void {
    this.#end += bytes;
  }

  /** The next whole message, nothing yet, or why this stream cannot go on. */
  next(): Uint8Array | WeirError | undefined {
    const waiting = this.#end - this.#start;
    if (waiting < HEADER_BYTES) return undefined;
    const length = this.#length();
    if (length > this.limitBytes) {
      return new WeirError(
        'MESSAGE_TOO_LARGE',
        `a message of ${length} bytes was announced; ${this.limitBytes} is the limit`,
      );
    }
    if (waiting < HEADER_BYTES + length) return undefined;
    const begin = this.#start + HEADER_BYTES;
    this.#start = begin + length;
    return this.#buffer.subarray(begin, this.#start);
  }

  /** What `bytes` make whole, in turn, each good until the next is asked for; an error is the last. */
  *push(bytes: Uint8Array): Generator<Uint8Array | WeirError> {
    for (let at = 0; at < bytes.length;) {
      const room = this.room();
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      this.filled(part.length);
      at += part.length;
      for (let message = this.next(); message !== undefined; message = this.next()) {
        yield message;
        if (message instanceof WeirError) return;
      }
    }
  }

  #length(): number {
    return new DataView(this.#buffer.buffer, this.#start, HEADER_BYTES).getUint32(0, true);
  }
}
