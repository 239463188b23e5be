import { TAG } from './tags.js';

const TWO_32 = 2 ** 32;
const US = 1_000_000;

/** Appends values to one growing buffer, which is sent from its start and used again. Numbers beyond their type's range are our own bug. */
export class TagWriter {
  readonly #firstBytes: number;
  #bytes: Buffer;
  #view: DataView;
  #end = 0;

  constructor(firstBytes: number) {
    this.#firstBytes = firstBytes;
    this.#bytes = Buffer.allocUnsafeSlow(firstBytes);
    this.#view = viewOf(this.#bytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#end;
  }

  /** A view of `from` to the end: good until the next write. */
  written(from = 0): Uint8Array {
    return this.#bytes.subarray(from, this.#end);
  }

  /** Forgets everything; a buffer larger than `keptBytes` is given back. */
  clear(keptBytes: number): void {
    this.#end = 0;
    if (this.#bytes.length <= keptBytes) return;
    this.#bytes = Buffer.allocUnsafeSlow(this.#firstBytes);
    this.#view = viewOf(this.#bytes);
  }

  /** Forgets so many bytes at the start. */
  drop(bytes: number): void {
    this.#bytes.copyWithin(0, bytes, this.#end);
    this.#end -= bytes;
  }

  u32(value: number): void {
    const at = this.#tagged(TAG.U32, 4);
    this.#view.setUint32(at, value);
  }

  u8(value: number): void {
    const at = this.#tagged(TAG.U8, 1);
    this.#view.setUint8(at, value);
  }

  u64(value: number): void {
    this.#set64(this.#tagged(TAG.U64, 8), value);
  }

  /** 2^64 − 1, which no double is. */
  u64Max(): void {
    const at = this.#tagged(TAG.U64, 8);
    this.#bytes.fill(0xff, at, at + 8);
  }

  s64(value: number): void {
    this.#set64(this.#tagged(TAG.S64, 8), value);
  }

  bool(value: boolean): void {
    this.bareU8(value ? TAG.TRUE : TAG.FALSE);
  }

  usec(value: number): void {
    this.#set64(this.#tagged(TAG.USEC, 8), value);
  }

  timeval(us: number): void {
    const at = this.#tagged(TAG.TIMEVAL, 8);
    this.#view.setUint32(at, Math.floor(us / US));
    this.#view.setUint32(at + 4, us % US);
  }

  volume(value: number): void {
    const at = this.#tagged(TAG.VOLUME, 4);
    this.#view.setUint32(at, value);
  }

  /** A string ends at its first NUL: what follows one would be read as the next value. */
  string(value: string): void {
    const nul = value.indexOf('\0');
    const text = nul < 0 ? value : value.slice(0, nul);
    const limit = 3 * text.length; // UTF-8 has at most three bytes for each UTF-16 unit
    const at = this.#tagged(TAG.STRING, limit + 1);
    const length = this.#bytes.write(text, at, limit, 'utf8');
    this.#bytes[at + length] = 0;
    this.#end = at + length + 1;
  }

  optionalString(value: string | undefined): void {
    if (value === undefined) this.bareU8(TAG.STRING_NULL);
    else this.string(value);
  }

  arbitrary(value: Uint8Array): void {
    const at = this.#tagged(TAG.ARBITRARY, 4);
    this.#view.setUint32(at, value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    const at = this.room(value.length); // which may be in another buffer than before
    this.#bytes.set(value, at);
  }

  bareU8(value: number): void {
    const at = this.room(1);
    this.#bytes[at] = value;
  }

  bareU32(value: number): void {
    const at = this.room(4);
    this.#view.setUint32(at, value);
  }

  /** Writes over what stands at `at`. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  /** Where the next so many bytes go; they count as written. */
  room(bytes: number): number {
    const at = this.#end;
    const end = at + bytes;
    if (end > this.#bytes.length) this.#grow(end);
    this.#end = end;
    return at;
  }

  #tagged(tag: number, bytes: number): number {
    const at = this.room(1 + bytes);
    this.#bytes[at] = tag;
    return at + 1;
  }

  #set64(at: number, value: number): void {
    const high = Math.floor(value / TWO_32);
    this.#view.setUint32(at, high);
    this.#view.setUint32(at + 4, value - high * TWO_32);
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
