import type { Quota } from '../../../mempool/quota.js';
import type { Block } from './block.js';
import { QUEUE_BYTES_FIRST } from './limits.js';

/** Takes bytes of a queue: how many of them it has taken. */
export type ByteSink = (bytes: Uint8Array) => number;

/** Silence is put back piece by piece of this size, and only where something was written. */
const PIECE_BYTES = 1024;

/**
 * Bytes by their index in a stream, in circular memory that grows as it must. All of it that is not written is silence, so that a hole
 * costs nothing: neither a seek far ahead nor throwing away what lies there takes longer than the writing did.
 */
export class ByteQueue {
  readonly #frameBytes: number;
  readonly #quota: Quota;
  readonly #silence: number;
  #memory: Uint8Array;
  /** One byte a piece: 1 where something may have been written. */
  #touched: Uint8Array;
  #front = 0;
  #end = 0;

  /** The memory holds whole frames of `frameBytes`. `silence`: the byte that silence consists of; 0 in most formats. */
  constructor(frameBytes: number, silence: number, quota: Quota) {
    this.#frameBytes = frameBytes;
    this.#quota = quota;
    this.#silence = silence;
    this.#memory = new Uint8Array(0);
    this.#touched = new Uint8Array(0);
  }

  /** Index of the first byte that is held; what lies before it is gone. */
  get front(): number {
    return this.#front;
  }

  /** Behind the last byte written, or `front`. */
  get end(): number {
    return Math.max(this.#front, this.#end);
  }

  /** Of its memory; charged to the quota. */
  get capacityBytes(): number {
    return this.#memory.length;
  }

  /** Writes `block` from its byte `from` on to `index`, which is not before the front. False: the quota is used up. */
  write(block: Block, from: number, index: number): boolean {
    const bytes = block.length - from;
    if (!this.#reach(index + bytes)) return false;
    const offset = this.#offset(index);
    const first = Math.min(bytes, this.#memory.length - offset);
    this.#copy(block, from, offset, first);
    if (bytes > first) this.#copy(block, from + first, 0, bytes - first);
    this.#end = Math.max(this.#end, index + bytes);
    return true;
  }

  /** Gives `sink` the next `bytes`, silence where there is none, in two pieces at most (between frames, where the front is); how many it has taken. */
  take(bytes: number, sink: ByteSink): number {
    if (bytes <= 0 || !this.#reach(this.#front + bytes)) return 0;
    const offset = this.#offset(this.#front);
    const first = Math.min(bytes, this.#memory.length - offset);
    let taken = sink(this.#memory.subarray(offset, offset + first));
    if (taken === first && bytes > first) taken += sink(this.#memory.subarray(0, bytes - first));
    this.skip(taken);
    return taken;
  }

  /** The next `bytes` went elsewhere; it is empty. */
  pass(bytes: number): void {
    this.#front += bytes;
  }

  /** Throws the next `bytes` away. */
  skip(bytes: number): void {
    const written = Math.min(bytes, this.end - this.#front, this.#memory.length);
    if (written > 0) {
      const offset = this.#offset(this.#front);
      const first = Math.min(written, this.#memory.length - offset);
      this.#memory.fill(this.#silence, offset, offset + first);
      if (written > first) this.#memory.fill(this.#silence, 0, written - first);
    }
    this.#front += bytes;
  }

  /** Throws everything away; the next byte is that of `index`. */
  clear(index: number): void {
    for (let piece = 0; (piece = this.#touched.indexOf(1, piece)) >= 0; piece++) {
      this.#memory.fill(this.#silence, piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
      this.#touched[piece] = 0;
    }
    this.#front = index;
    this.#end = index;
  }

  /** Gives the memory back. */
  free(): void {
    this.#quota.release(this.#memory.length);
    this.#memory = new Uint8Array(0);
    this.#touched = new Uint8Array(0);
    this.#end = this.#front;
  }

  #copy(block: Block, from: number, offset: number, bytes: number): void {
    const came = block.copy(from, this.#memory, offset, bytes);
    if (came < bytes) this.#memory.fill(this.#silence, offset + came, offset + bytes);
    this.#touch(offset, bytes);
  }

  #touch(offset: number, bytes: number): void {
    this.#touched.fill(1, Math.floor(offset / PIECE_BYTES), Math.ceil((offset + bytes) / PIECE_BYTES));
  }

  /** Of the byte at `index` in the memory; indices may be negative. */
  #offset(index: number): number {
    const capacity = this.#memory.length;
    return index - Math.floor(index / capacity) * capacity;
  }

  #reach(index: number): boolean {
    const needed = index - this.#front;
    if (needed <= this.#memory.length) return true;
    const frames = Math.max(QUEUE_BYTES_FIRST, needed) / this.#frameBytes;
    const bytes = this.#frameBytes * 2 ** Math.ceil(Math.log2(frames));
    if (this.#quota.charge(bytes - this.#memory.length)) return false;
    const before = this.#memory;
    const offset = before.length > 0 ? this.#offset(this.#front) : 0;
    this.#memory = new Uint8Array(bytes);
    if (this.#silence !== 0) this.#memory.fill(this.#silence);
    this.#touched = new Uint8Array(Math.ceil(bytes / PIECE_BYTES));
    if (this.end > this.#front) this.#moveIn(before, offset);
    return true;
  }

  /** All that the smaller memory held, in order. */
  #moveIn(before: Uint8Array, offset: number): void {
    const to = this.#offset(this.#front);
    const old = [before.subarray(offset), before.subarray(0, offset)];
    let at = to;
    for (const piece of old) {
      const first = Math.min(piece.length, this.#memory.length - at);
      this.#memory.set(piece.subarray(0, first), at);
      if (first < piece.length) this.#memory.set(piece.subarray(first), 0);
      at = (at + piece.length) % this.#memory.length;
    }
    this.#touch(to, Math.min(before.length, this.#memory.length - to));
    this.#touch(0, Math.max(0, to + before.length - this.#memory.length));
  }
}
