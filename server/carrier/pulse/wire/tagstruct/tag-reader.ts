import { WeirError } from '../../../../observe/errors.js';
import { TAG } from './tags.js';

const TWO_32 = 2 ** 32;
const US = 1_000_000;
/** Refuses what is no UTF-8, and keeps a byte order mark: it is part of the name. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the values of one packet in turn. Every read checks the value's tag and its bounds and throws a WeirError
 * BAD_MESSAGE where they are wrong; parseRequest is where that is caught. 64-bit numbers are exact to 2^53.
 */
export class TagReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** @param bytes stay the caller's; what outlives the call is copied */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#at;
  }

  u32(): number {
    this.expect(TAG.U32);
    return this.bareU32();
  }

  u8(): number {
    this.expect(TAG.U8);
    return this.bareU8();
  }

  u64(): number {
    this.expect(TAG.U64);
    return this.#bareU64();
  }

  s64(): number {
    this.expect(TAG.S64);
    const at = this.#take(8);
    return this.#view.getInt32(at) * TWO_32 + this.#view.getUint32(at + 4);
  }

  bool(): boolean {
    const tag = this.bareU8();
    if (tag !== TAG.TRUE && tag !== TAG.FALSE) throw this.#wrongTag(TAG.TRUE, tag);
    return tag === TAG.TRUE;
  }

  /** A time span in µs. */
  usec(): number {
    this.expect(TAG.USEC);
    return this.#bareU64();
  }

  /** A wall-clock time in µs since 1970. */
  timeval(): number {
    this.expect(TAG.TIMEVAL);
    return this.bareU32() * US + this.bareU32();
  }

  volume(): number {
    this.expect(TAG.VOLUME);
    return this.bareU32();
  }

  /** @param limitBytes without the NUL */
  string(limitBytes: number): string {
    this.expect(TAG.STRING);
    return this.#bareString(limitBytes);
  }

  /** Undefined for PulseAudio's NULL. */
  optionalString(limitBytes: number): string | undefined {
    if (this.#bytes[this.#at] === TAG.STRING_NULL) {
      this.#at += 1;
      return undefined;
    }
    return this.string(limitBytes);
  }

  /** A view: good as long as the packet is. */
  arbitrary(): Uint8Array {
    this.expect(TAG.ARBITRARY);
    const length = this.bareU32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** What has not been read, as a view. */
  rest(): Uint8Array {
    const at = this.#take(this.leftBytes);
    return this.#bytes.subarray(at);
  }

  expect(tag: number): void {
    const found = this.bareU8();
    if (found !== tag) throw this.#wrongTag(tag, found);
  }

  bareU8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  bareU32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** PulseAudio refuses what it did not expect at the end of a packet, and so do its clients. */
  end(): void {
    if (!this.atEnd) throw new WeirError('BAD_MESSAGE', `${this.leftBytes} bytes too many in a packet`);
  }

  #bareU64(): number {
    const at = this.#take(8);
    return this.#view.getUint32(at) * TWO_32 + this.#view.getUint32(at + 4);
  }

  #bareString(limitBytes: number): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new WeirError('BAD_MESSAGE', 'a string has no end');
    const length = end - this.#at;
    if (length > limitBytes) {
      throw new WeirError('MESSAGE_TOO_LARGE', `a string of ${length} bytes; ${limitBytes} is the limit`);
    }
    const text = this.#bytes.subarray(this.#take(length + 1), end);
    try {
      return utf8.decode(text);
    } catch {
      throw new WeirError('BAD_MESSAGE', 'a string is not UTF-8');
    }
  }

  /** Where the next so many bytes begin. */
  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#bytes.length - at) throw new WeirError('BAD_MESSAGE', 'a packet ends within a value');
    this.#at = at + bytes;
    return at;
  }

  #wrongTag(wanted: number, found: number): WeirError {
    const [want, got] = [wanted, found].map((tag) => `0x${tag.toString(16)}`);
    return new WeirError('BAD_MESSAGE', `a value has the tag ${got} instead of ${want}, before byte ${this.#at}`);
  }
}
