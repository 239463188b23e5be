import { CONTROL } from '../../native-shim/ring-layout.js';
import { controlWords, type RingMemory, sampleBytes } from './ring-memory.js';

/**
 * The engine's end of a record ring. It overwrites and never waits; nothing that the reader does reaches it.
 * Allocates nothing after construction.
 */
export class RecordWriter {
  readonly #control: Int32Array;
  readonly #capacityFrames: number;
  #position: number;
  #frames: number;

  /** @param frames produced since the stream opened; a new engine thread goes on from its predecessor's. */
  constructor(memory: RingMemory, frames = 0) {
    this.#control = controlWords(memory);
    this.#capacityFrames = memory.capacityFrames;
    this.#frames = frames;
    this.#position = frames | 0;
  }

  /** Frames produced since the stream opened. */
  get frames(): number {
    return this.#frames;
  }

  /** The next frame's place, in frames from the samples' address. */
  get offset(): number {
    return this.#position & (this.#capacityFrames - 1);
  }

  /** How many of the next `frames` go to `offset`; the others go to 0. */
  contiguous(frames: number): number {
    return Math.min(frames, this.#capacityFrames - this.offset);
  }

  /** What the reader says it has not read, 0..capacity: good for its own wake-ups and for showing, nothing else. */
  fill(): number {
    return Math.min((this.#position - Atomics.load(this.#control, CONTROL.read)) >>> 0, this.#capacityFrames);
  }

  /** Shows the reader `frames` more, at most the capacity. */
  commit(frames: number): void {
    if (frames < 0 || frames > this.#capacityFrames)
      throw new RangeError(`commit ${frames} of ${this.#capacityFrames}`);
    this.#frames += frames;
    this.#position = (this.#position + frames) | 0;
    Atomics.store(this.#control, CONTROL.written, this.#position);
  }
}

/**
 * The listener's end: a client's, or the server's own where it sends copies. The producer waits for nobody: a reader more than
 * `capacity − 2 quanta` behind goes on at the live edge, and what it missed is counted. So is what was overwritten while it was
 * being copied. A `written` that makes no sense only looks like a long absence.
 */
export class RecordReader {
  readonly #control: Int32Array;
  readonly #samples: Uint8Array;
  readonly #fence = new Int32Array(1);
  readonly #capacityFrames: number;
  readonly #frameBytes: number;
  #safeFrames = 0;
  #position: number;
  #frames: number;
  #lostFrames = 0;

  /** @param frames passed since the stream opened, read or lost. */
  constructor(memory: RingMemory, quantumFrames: number, frames = 0) {
    this.#control = controlWords(memory);
    this.#samples = sampleBytes(memory);
    this.#capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
    this.#frames = frames;
    this.#position = frames | 0;
    this.quantumFrames = quantumFrames;
  }

  /** The producer's quantum at the stream's rate. At most half of the ring is kept clear of it. */
  set quantumFrames(frames: number) {
    this.#safeFrames = this.#capacityFrames - Math.min(Math.max(0, 2 * frames), this.#capacityFrames / 2);
  }

  /** Frames passed since the stream opened, read or lost: the position of the next one. */
  get frames(): number {
    return this.#frames;
  }

  get lostFrames(): number {
    return this.#lostFrames;
  }

  /** Frames ready to be read. */
  available(): number {
    const behind = this.#behind();
    if (behind <= this.#safeFrames) return behind;
    this.#lostFrames += behind;
    this.#pass(behind);
    return 0;
  }

  /** Fills `into` with as many whole frames as there are; how many. */
  read(into: Uint8Array): number {
    const frames = Math.min(this.available(), Math.floor(into.length / this.#frameBytes));
    if (frames === 0) return 0;
    const offset = this.#position & (this.#capacityFrames - 1);
    const first = Math.min(frames, this.#capacityFrames - offset);
    this.#copy(into, 0, offset, first);
    if (frames > first) this.#copy(into, first, 0, frames - first);
    // Orders the copy's loads before the load of `written` that follows: on arm64 an acquiring load alone does not.
    Atomics.store(this.#fence, 0, 0);
    const behind = this.#behind();
    if (behind > this.#safeFrames) {
      this.#lostFrames += behind;
      this.#pass(behind);
      return 0;
    }
    this.#pass(frames);
    return frames;
  }

  #behind(): number {
    return (Atomics.load(this.#control, CONTROL.written) - this.#position) >>> 0;
  }

  #pass(frames: number): void {
    this.#frames += frames;
    this.#position = (this.#position + frames) | 0;
    Atomics.store(this.#control, CONTROL.read, this.#position);
  }

  #copy(into: Uint8Array, toFrame: number, offset: number, frames: number): void {
    const start = offset * this.#frameBytes;
    into.set(this.#samples.subarray(start, start + frames * this.#frameBytes), toFrame * this.#frameBytes);
  }
}
