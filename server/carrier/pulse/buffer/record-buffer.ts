import type { Quota } from '../../../mempool/quota.js';
import { InlineBlock } from './block.js';
import { ByteQueue, type ByteSink } from './byte-queue.js';
import type { RecordAttr } from './record-attr.js';

/** What was recorded for a client and not yet sent, in bytes of its own format. */
export class RecordBuffer {
  attr: RecordAttr;
  readonly #frameBytes: number;
  readonly #queue: ByteQueue;
  readonly #block = new InlineBlock();
  #droppedBytes = 0;

  constructor(attr: RecordAttr, frameBytes: number, silence: number, quota: Quota) {
    this.attr = attr;
    this.#frameBytes = frameBytes;
    this.#queue = new ByteQueue(frameBytes, silence, quota);
  }

  /** Recorded since the stream opened. */
  get writeIndex(): number {
    return this.#queue.end;
  }

  /** Sent or dropped. */
  get readIndex(): number {
    return this.#queue.front;
  }

  get lengthBytes(): number {
    return this.#queue.end - this.#queue.front;
  }

  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Takes whole frames in. Where there is no room the oldest goes, whole fragments of it. */
  append(bytes: Uint8Array): void {
    const { maxLength, fragSize } = this.attr;
    const excess = this.lengthBytes + bytes.length - maxLength;
    if (excess > 0) this.#drop(Math.min(this.lengthBytes, Math.ceil(excess / fragSize) * fragSize));
    const from = Math.max(0, bytes.length - maxLength);
    this.#droppedBytes += from;
    this.#queue.skip(from);
    if (this.#queue.write(this.#block.of(bytes), from, this.#queue.end)) return;
    // No memory to be had: the stream's time goes on without it.
    this.#drop(this.lengthBytes);
    this.#droppedBytes += bytes.length - from;
    this.#queue.skip(bytes.length - from);
  }

  /** Bytes that are missing until something can be sent. */
  get missingBytes(): number {
    const { eager, fragSize } = this.attr;
    return Math.max(0, (eager ? this.#frameBytes : fragSize) - this.lengthBytes);
  }

  /** Gives `sink` one fragment, if there is one and it takes it; whether it did. */
  takeFragment(sink: ByteSink): boolean {
    return this.missingBytes === 0 && this.#queue.take(Math.min(this.attr.fragSize, this.lengthBytes), sink) > 0;
  }

  /** Nothing older than now is to be sent any more. */
  flush(): void {
    this.#queue.clear(this.#queue.end);
  }

  resize(attr: RecordAttr): void {
    this.attr = attr;
    if (this.lengthBytes > attr.maxLength)
      this.#drop(this.lengthBytes - (attr.maxLength - (attr.maxLength % this.#frameBytes)));
  }

  free(): void {
    this.#queue.free();
  }

  #drop(bytes: number): void {
    this.#droppedBytes += bytes;
    this.#queue.skip(bytes);
  }
}
