const HEADER_BYTES = 4;

/** Cuts a byte stream into messages, each with its length before it (u32, little endian). */
export class Deframer {
  #waiting = new Uint8Array();

  constructor(readonly limitBytes: number) {}

  /** The messages that have become whole; `too long` is the last: the stream cannot go on. */
  *push(bytes: Uint8Array): Generator<Uint8Array | 'too long'> {
    let rest = this.#waiting.length === 0 ? bytes : joined(this.#waiting, bytes);
    this.#waiting = new Uint8Array();
    while (rest.length >= HEADER_BYTES) {
      const length = new DataView(rest.buffer, rest.byteOffset).getUint32(0, true);
      if (length > this.limitBytes) {
        yield 'too long';
        return;
      }
      const end = HEADER_BYTES + length;
      if (rest.length < end) break;
      const message = rest.subarray(HEADER_BYTES, end);
      rest = rest.subarray(end);
      yield message;
    }
    this.#waiting = rest.slice();
  }
}

/** `message` as a Deframer takes it. */
export function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(0, message.length, true);
  bytes.set(message, HEADER_BYTES);
  return bytes;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
