import type { Quota } from '../../../mempool/quota.js';
import { InlineBlock } from './block.js';
import { ByteQueue, type ByteSink } from './byte-queue.js';
import { SENT_AT_ONCE_BYTES } from './limits.js';
import type { RecordAttr } from './record-attr.js';

/** What was recorded for a client and not yet sent, in bytes of its own format. */
export class RecordBuffer {
  attr: RecordAttr;
  readonly #frameBytes: number;
  readonly #queue: ByteQueue;
  readonly #block = new InlineBlock();
  #droppedBytes = 0;
  /** Sent of the fragment that comes next. */
  #begunBytes = 0;

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
    return Math.max(0, (eager ? this.#frameBytes : fragSize - this.#begunBytes) - this.lengthBytes);
  }

  /**
   * Gives `sink` what there is of whole fragments (eager: all there is), as much as makes one frame: many small ones at once, since each
   * frame costs more than its sound does, and a long one piece by piece. Whether it took any.
   */
  takeFragments(sink: ByteSink): boolean {
    const { eager, fragSize } = this.attr;
    const whole = this.#begunBytes + this.lengthBytes;
    const due = eager ? this.lengthBytes : whole - (whole % fragSize) - this.#begunBytes;
    const most = SENT_AT_ONCE_BYTES - (SENT_AT_ONCE_BYTES % this.#frameBytes);
    const taken = this.#queue.take(Math.min(due, most), sink);
    this.#begunBytes = eager ? 0 : (this.#begunBytes + taken) % fragSize;
    return taken > 0;
  }

  /** Nothing older than now is to be sent any more. */
  flush(): void {
    this.#queue.clear(this.#queue.end);
    this.#begunBytes = 0;
  }

  resize(attr: RecordAttr): void {
    this.attr = attr;
    this.#begunBytes = 0;
    if (this.lengthBytes > attr.maxLength)
      this.#drop(this.lengthBytes - (attr.maxLength - (attr.maxLength % this.#frameBytes)));
  }

  free(): void {
    this.#queue.free();
  }

  #drop(bytes: number): void {
    this.#droppedBytes += bytes;
    this.#queue.skip(bytes);
    this.#begunBytes = 0;
  }
}
