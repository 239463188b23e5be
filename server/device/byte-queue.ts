const WRITTEN = 0;
/** A cache line away, so that the two threads do not share one. */
const READ = 16;
const HEADER_BYTES = 128;

/**
 * A lock-free queue of bytes between two threads of this process: one puts, one takes. Both counters only grow, modulo
 * 2^32; the capacity is a power of two, so their difference is the fill on either side of the wrap.
 */
export class ByteQueue {
  readonly capacity: number;
  readonly #counters: Int32Array;
  readonly #bytes: Uint8Array;

  /** Memory for at least `leastBytes`. */
  static memory(leastBytes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + 2 ** Math.ceil(Math.log2(leastBytes)));
  }

  constructor(memory: SharedArrayBuffer) {
    this.#counters = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES);
    this.capacity = this.#bytes.length;
  }

  get fill(): number {
    return (Atomics.load(this.#counters, WRITTEN) - Atomics.load(this.#counters, READ)) >>> 0;
  }

  /** All of `bytes`, or none of it where it does not fit. */
  put(bytes: Uint8Array): boolean {
    const count = bytes.length;
    if (count > this.capacity - this.fill) return false;
    const written = Atomics.load(this.#counters, WRITTEN) >>> 0;
    const at = written % this.capacity;
    if (at + count <= this.capacity) this.#bytes.set(bytes, at);
    else this.#putAcrossEnd(bytes, at);
    Atomics.store(this.#counters, WRITTEN, (written + count) | 0);
    return true;
  }

  /** The oldest bytes up to the end of the memory; empty when the queue is. They stay until `drop`. */
  peek(): Uint8Array {
    const at = (Atomics.load(this.#counters, READ) >>> 0) % this.capacity;
    return this.#bytes.subarray(at, Math.min(at + this.fill, this.capacity));
  }

  drop(count: number): void {
    Atomics.add(this.#counters, READ, count);
  }

  /** Byte by byte: subarrays for two `set` would be garbage on an audio thread. */
  #putAcrossEnd(bytes: Uint8Array, at: number): void {
    const mask = this.capacity - 1;
    for (let i = 0; i < bytes.length; i++) this.#bytes[(at + i) & mask] = bytes[i] ?? 0;
  }
}
