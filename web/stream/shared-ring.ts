/** Where the two counters are, a cache line apart, and where each side's own words begin. */
const WRITTEN = 0;
const READ = 16;
const NOTES = 32;
const HEADER_WORDS = 64;
const HEADER_BYTES = HEADER_WORDS * 4;

/** Memory of two threads where the page may have it, else of one. */
export type RingMemory = SharedArrayBuffer | ArrayBuffer;

/** Threads can share memory, and a worker can wait for a word of it without standing still. */
export const canShareRings = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  typeof (Atomics as Partial<typeof Atomics>).waitAsync === 'function' &&
  globalThis.crossOriginIsolated;

/**
 * A queue of interleaved float frames between two threads: one writes, one reads, neither ever waits for the other. The
 * counters only grow, modulo 2^32; each is moved by one side. Both sides make one of these over the same memory.
 */
export class SharedRing {
  readonly channels: number;
  readonly capacityFrames: number;
  readonly memory: RingMemory;
  /** Words that the two sides agree upon themselves; loaded and stored by Atomics. */
  readonly notes: Int32Array;
  readonly #header: Int32Array;
  readonly #samples: Float32Array;

  /** Memory for `capacityFrames`, a power of two: then the counters may wrap. */
  static bytesFor(channels: number, capacityFrames: number): number {
    return HEADER_BYTES + channels * capacityFrames * 4;
  }

  constructor(memory: RingMemory, channels: number) {
    this.memory = memory;
    this.channels = channels;
    this.#header = new Int32Array(memory, 0, HEADER_WORDS);
    this.notes = this.#header.subarray(NOTES);
    this.#samples = new Float32Array(memory, HEADER_BYTES);
    this.capacityFrames = this.#samples.length / channels;
    if (!Number.isInteger(Math.log2(this.capacityFrames)))
      throw new RangeError('a ring holds a power of two of frames');
  }

  /** Frames written since the ring was made, modulo 2^32. */
  get writtenFrames(): number {
    return Atomics.load(this.#header, WRITTEN) >>> 0;
  }

  get readFrames(): number {
    return Atomics.load(this.#header, READ) >>> 0;
  }

  get fillFrames(): number {
    return (this.writtenFrames - this.readFrames) >>> 0;
  }

  get freeFrames(): number {
    return this.capacityFrames - this.fillFrames;
  }

  /** The writer's: appends as much as fits; returns how many frames that were. */
  write(samples: Float32Array): number {
    const accepted = Math.min(samples.length / this.channels, this.freeFrames);
    const [at, first] = this.#span(this.writtenFrames, accepted);
    this.#samples.set(samples.subarray(0, first), at);
    this.#samples.set(samples.subarray(first, accepted * this.channels), 0);
    Atomics.add(this.#header, WRITTEN, accepted);
    return accepted;
  }

  /** The reader's: fills `into` with the oldest frames; returns how many they were. */
  read(into: Float32Array): number {
    const frames = Math.min(into.length / this.channels, this.fillFrames);
    const [at, first] = this.#span(this.readFrames, frames);
    into.set(this.#samples.subarray(at, at + first));
    into.set(this.#samples.subarray(0, frames * this.channels - first), first);
    Atomics.add(this.#header, READ, frames);
    return frames;
  }

  /** The reader's: lets the oldest at most `frames` frames go; returns how many. */
  skip(frames: number): number {
    const skipped = Math.min(frames, this.fillFrames);
    Atomics.add(this.#header, READ, skipped);
    return skipped;
  }

  /** Wakes a reader that waits in `whenThere`; costs next to nothing when there is none. */
  wake(): void {
    Atomics.notify(this.#header, WRITTEN);
  }

  /** The reader's: settles when there are frames that it has not read, or at the next `wake`. Only in shared memory (canShareRings). */
  async whenThere(): Promise<void> {
    const wait = Atomics.waitAsync(this.#header, WRITTEN, this.readFrames | 0);
    if (wait.async) await wait.value;
  }

  /** Where in the samples `frames` frames from counter `frame` on begin, and how many samples of them fit before the end. */
  #span(frame: number, frames: number): readonly [at: number, first: number] {
    const at = frame & (this.capacityFrames - 1);
    return [at * this.channels, Math.min(frames, this.capacityFrames - at) * this.channels];
  }
}
