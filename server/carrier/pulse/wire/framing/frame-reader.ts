import { WeirError } from '../../../../observe/errors.js';
import {
  BLOCK_LIMIT_BYTES,
  FDS_PER_FRAME_MAX,
  FIRST_READ_BUFFER_BYTES,
  FRAMES_WITH_FDS_MAX,
  PACKET_LIMIT_BYTES,
} from '../limits.js';
import type { SeekMode } from '../numbers.js';
import {
  AT,
  type BlockReference,
  DESCRIPTOR_BYTES,
  FLAG,
  isSeekMode,
  NO_CHANNEL,
  REFERENCE_BYTES,
} from './descriptor.js';

interface WithFds {
  /** What came with it. The taker's to close. */
  readonly fds: readonly number[];
}

interface Placed extends WithFds {
  readonly channel: number;
  /** In bytes, exact to 2^53, and how it is meant. */
  readonly offset: number;
  readonly seek: SeekMode;
}

/** `bytes` are views of the reader's buffer. */
export type Frame =
  | (WithFds & { readonly kind: 'packet'; readonly bytes: Uint8Array })
  | (Placed & { readonly kind: 'sound'; readonly bytes: Uint8Array })
  | (Placed & { readonly kind: 'reference'; readonly reference: BlockReference })
  | (WithFds & { readonly kind: 'release' | 'revoke'; readonly block: number });

const NO_FDS: readonly number[] = [];
const TWO_32 = 2 ** 32;
/** Less room than this at the buffer's end is made more by moving what is left to its start. */
const SMALLEST_READ_BYTES = 1024;

/**
 * Cuts what a client sends into frames. Bytes are received straight into its buffer and frames are views of it. Ask `next`
 * until it has no more before asking for `room` again: that ends the life of the frames given before.
 */
export class FrameReader {
  /** Whether blocks may come by reference: as AUTH was answered. */
  sharedMemory = false;
  #bytes: Buffer;
  #view: DataView;
  #start = 0;
  #end = 0;
  /** Where in the connection's stream the buffer begins. */
  #origin = 0;
  /** Descriptors that came, by where in the stream the frame begins that they belong to. */
  readonly #fds: { readonly at: number; readonly fds: number[] }[] = [];
  #broken: WeirError | undefined;

  constructor() {
    this.#bytes = Buffer.allocUnsafeSlow(FIRST_READ_BUFFER_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Where the next bytes go; never empty. */
  room(): Uint8Array {
    const waiting = this.#end - this.#start;
    const frameBytes = waiting < DESCRIPTOR_BYTES ? DESCRIPTOR_BYTES : DESCRIPTOR_BYTES + this.#lengthAt(this.#start);
    // Whole frames may wait as well: what was put here and not taken yet.
    const needed = Math.max(frameBytes, waiting + SMALLEST_READ_BYTES);
    if (needed > this.#bytes.length) this.#moveTo(Buffer.allocUnsafeSlow(needed));
    else if (waiting === 0 || this.#bytes.length - this.#end < needed - waiting) this.#moveTo(this.#bytes);
    return this.#bytes.subarray(this.#end);
  }

  /**
   * So many bytes were put into the room, by one recvmsg(2), and these descriptors came with them. The kernel joins what
   * came before descriptors to them, but nothing after: they belong to the last frame that began.
   */
  filled(bytes: number, fds: readonly number[] = NO_FDS): void {
    this.#end += bytes;
    if (fds.length === 0) return;
    const at = this.#origin + this.#lastBegun();
    const last = this.#fds.at(-1);
    const held = last?.at === at ? last.fds : [];
    if (held.length === 0) this.#fds.push({ at, fds: held });
    held.push(...fds);
    if (held.length > FDS_PER_FRAME_MAX || this.#fds.length > FRAMES_WITH_FDS_MAX) this.#fail('too many descriptors');
  }

  /** The same for bytes that one recvmsg(2) put elsewhere; they are copied. */
  put(bytes: Uint8Array, fds: readonly number[]): void {
    const needed = this.#end - this.#start + bytes.length;
    if (needed > this.#bytes.length) this.#moveTo(Buffer.allocUnsafeSlow(needed));
    else if (this.#start === this.#end || this.#end + bytes.length > this.#bytes.length) this.#moveTo(this.#bytes);
    this.#bytes.set(bytes, this.#end);
    this.filled(bytes.length, fds);
  }

  /** The next whole frame, nothing yet, or why this connection cannot go on. */
  next(): Frame | WeirError | undefined {
    const start = this.#start;
    if (this.#broken) return this.#broken;
    if (this.#end - start < DESCRIPTOR_BYTES) return undefined;
    const length = this.#lengthAt(start);
    const flags = this.#view.getUint32(start + AT.FLAGS);
    const wrong = this.#wrong(length, this.#view.getUint32(start + AT.CHANNEL), flags);
    if (wrong !== undefined) return this.#fail(wrong);
    if (this.#end - start < DESCRIPTOR_BYTES + length) return undefined;
    this.#start = start + DESCRIPTOR_BYTES + length;
    return this.#framed(start, flags);
  }

  /** The descriptors of frames that nobody took. The caller's to close: the connection ends. */
  leave(): number[] {
    return this.#fds.splice(0).flatMap(({ fds }) => fds);
  }

  #framed(start: number, flags: number): Frame | WeirError {
    const [body, end] = [start + DESCRIPTOR_BYTES, this.#start];
    const channel = this.#view.getUint32(start + AT.CHANNEL);
    const high = this.#view.getInt32(start + AT.OFFSET_HIGH);
    if (flags === FLAG.RELEASE) return { kind: 'release', block: high >>> 0, fds: this.#fdsOf(start) };
    if (flags === FLAG.REVOKE) return { kind: 'revoke', block: high >>> 0, fds: this.#fdsOf(start) };
    if (channel === NO_CHANNEL) {
      return { kind: 'packet', bytes: this.#bytes.subarray(body, end), fds: this.#fdsOf(start) };
    }
    const offset = high * TWO_32 + this.#view.getUint32(start + AT.OFFSET_LOW);
    const seek = flags & FLAG.SEEK_MASK;
    if (!isSeekMode(seek)) return this.#fail('a seek mode that there is not');
    if ((flags & FLAG.REFERENCE) === 0) {
      return { kind: 'sound', channel, offset, seek, bytes: this.#bytes.subarray(body, end), fds: this.#fdsOf(start) };
    }
    const reference = this.#reference(body);
    const wrong = wrongLength(reference.lengthBytes, BLOCK_LIMIT_BYTES);
    if (wrong !== undefined) return this.#fail(wrong);
    return { kind: 'reference', channel, offset, seek, reference, fds: this.#fdsOf(start) };
  }

  #reference(at: number): BlockReference {
    const view = this.#view;
    return {
      block: view.getUint32(at),
      pool: view.getUint32(at + 4),
      index: view.getUint32(at + 8),
      lengthBytes: view.getUint32(at + 12),
    };
  }

  /** What is wrong with a descriptor, before anything of its frame is waited for. */
  #wrong(length: number, channel: number, flags: number): string | undefined {
    const kind = (flags & ~FLAG.SEEK_MASK) >>> 0;
    if (kind !== 0 && !this.sharedMemory) return 'shared memory that was not agreed on';
    if (flags === FLAG.RELEASE || flags === FLAG.REVOKE)
      return length === 0 ? undefined : 'a release with something in it';
    if (channel === NO_CHANNEL)
      return wrongLength(length, PACKET_LIMIT_BYTES) ?? (flags === 0 ? undefined : 'a packet with flags');
    if (kind === 0) return wrongLength(length, BLOCK_LIMIT_BYTES);
    if (kind !== (FLAG.REFERENCE | FLAG.MEMFD) >>> 0) return 'shared memory that is no memfd of the client';
    return length === REFERENCE_BYTES ? undefined : 'a reference that is none';
  }

  #fail(what: string): WeirError {
    return (this.#broken ??= new WeirError('BAD_MESSAGE', what));
  }

  #lengthAt(start: number): number {
    return this.#view.getUint32(start + AT.LENGTH);
  }

  /** Where in the buffer the last frame begins, whole or not. */
  #lastBegun(): number {
    let at = this.#start;
    while (this.#end - at >= DESCRIPTOR_BYTES) {
      const next = at + DESCRIPTOR_BYTES + this.#lengthAt(at);
      if (next >= this.#end) break;
      at = next;
    }
    return at;
  }

  #fdsOf(start: number): readonly number[] {
    const [first] = this.#fds;
    if (first === undefined || first.at !== this.#origin + start) return NO_FDS;
    this.#fds.shift();
    return first.fds;
  }

  #moveTo(bytes: Buffer): void {
    if (this.#start < this.#end) this.#bytes.copy(bytes, 0, this.#start, this.#end);
    this.#origin += this.#start;
    this.#end -= this.#start;
    this.#start = 0;
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

function wrongLength(length: number, limit: number): string | undefined {
  if (length === 0) return 'an empty frame';
  return length > limit ? `a frame of ${length} bytes; ${limit} is the limit` : undefined;
}
