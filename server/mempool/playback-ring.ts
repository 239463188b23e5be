import { CONTROL } from '../../native-shim/ring-layout.js';
import { controlWords, type RingMemory, sampleBytes } from './ring-memory.js';

/**
 * The engine's end of a playback ring: the trust line. Its format, capacity and position are its own; of what the other side
 * writes it loads only `written`, once a look, and believes it only within 0..capacity and never backward.
 * Allocates nothing after construction.
 */
export class PlaybackReader {
  readonly #control: Int32Array;
  readonly #capacityFrames: number;
  #position: number;
  #fillFrames = 0;
  #frames: number;
  #corrupt = false;

  /** @param frames consumed since the stream opened; a new engine thread goes on from its predecessor's. */
  constructor(memory: RingMemory, frames = 0) {
    this.#control = controlWords(memory);
    this.#capacityFrames = memory.capacityFrames;
    this.#frames = frames;
    this.#position = frames | 0;
  }

  /** Frames ready to be read, or -1 once the counter was ever wrong: the stream is silent from then on. */
  fill(): number {
    if (this.#corrupt) return -1;
    const fill = (Atomics.load(this.#control, CONTROL.written) - this.#position) | 0;
    if (fill < this.#fillFrames || fill > this.#capacityFrames) {
      this.#corrupt = true;
      return -1;
    }
    this.#fillFrames = fill;
    return fill;
  }

  get corrupt(): boolean {
    return this.#corrupt;
  }

  /** `read` as the other side sees it, modulo 2^32. */
  get position(): number {
    return this.#position >>> 0;
  }

  /** Frames consumed since the stream opened. */
  get frames(): number {
    return this.#frames;
  }

  /** The next frame's place, in frames from the samples' address. */
  get offset(): number {
    return this.#position & (this.#capacityFrames - 1);
  }

  /** Where the frame before that lay. It is the producer's again, who may have changed it. */
  get lastOffset(): number {
    return (this.#position - 1) & (this.#capacityFrames - 1);
  }

  /** How many of the next `frames` lie at `offset`; the others lie at 0. */
  contiguous(frames: number): number {
    return Math.min(frames, this.#capacityFrames - this.offset);
  }

  /** Gives `frames` of what the last `fill()` found back to the producer. */
  advance(frames: number): void {
    if (frames < 0 || frames > this.#fillFrames) throw new RangeError(`advance by ${frames} of ${this.#fillFrames}`);
    this.#fillFrames -= frames;
    this.#frames += frames;
    this.#position = (this.#position + frames) | 0;
    Atomics.store(this.#control, CONTROL.read, this.#position);
  }
}

/** Frames that lie elsewhere. */
export interface FrameSource {
  /** Copies `bytes` bytes from its byte `from` on to `at` of `into`; how many there were. */
  copy(from: number, into: Uint8Array, at: number, bytes: number): number;
}

/** The producer's end: a client's, or the server's own where it fills the ring for a tab or a PulseAudio client. */
export class PlaybackWriter {
  readonly #control: Int32Array;
  readonly #samples: Uint8Array;
  readonly #capacityFrames: number;
  readonly #frameBytes: number;
  #position: number;
  #freeFrames: number;
  #frames: number;
  #corrupt = false;

  /** @param frames written since the stream opened. */
  constructor(memory: RingMemory, frames = 0) {
    this.#control = controlWords(memory);
    this.#samples = sampleBytes(memory);
    this.#capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
    this.#frames = frames;
    this.#position = frames | 0;
    this.#freeFrames = 0;
  }

  /** Frames that can be written now; 0 for ever once `read` was wrong. */
  free(): number {
    if (this.#corrupt) return 0;
    const fill = (this.#position - Atomics.load(this.#control, CONTROL.read)) | 0;
    const free = this.#capacityFrames - fill;
    if (fill < 0 || free < this.#freeFrames) {
      this.#corrupt = true;
      return 0;
    }
    this.#freeFrames = free;
    return free;
  }

  /** Frames written and not yet read. */
  fill(): number {
    const free = this.free();
    return this.#corrupt ? 0 : this.#capacityFrames - free;
  }

  get corrupt(): boolean {
    return this.#corrupt;
  }

  /** Frames written since the stream opened: the high-water mark. */
  get frames(): number {
    return this.#frames;
  }

  /** Writes whole frames from frame `fromFrame` of `bytes` on, as many as there is room for; how many. */
  write(bytes: Uint8Array, fromFrame = 0): number {
    const offered = Math.floor(bytes.length / this.#frameBytes) - fromFrame;
    const frames = Math.min(offered, this.free());
    if (frames <= 0) return 0;
    this.#put(bytes, fromFrame, this.#position, frames);
    this.#extend(frames);
    return frames;
  }

  /** The same for the first `frames` of `source`, which are copied straight to where they stay; what it has not is zeroes. */
  writeFrom(source: FrameSource, frames: number): number {
    const count = Math.min(frames, this.free());
    if (count <= 0) return 0;
    const offset = this.#position & (this.#capacityFrames - 1);
    const first = Math.min(count, this.#capacityFrames - offset);
    this.#take(source, 0, offset, first);
    if (count > first) this.#take(source, first, 0, count - first);
    this.#extend(count);
    return count;
  }

  #take(source: FrameSource, fromFrame: number, offset: number, frames: number): void {
    const at = offset * this.#frameBytes;
    const bytes = frames * this.#frameBytes;
    const came = source.copy(fromFrame * this.#frameBytes, this.#samples, at, bytes);
    if (came < bytes) this.#samples.fill(0, at + came, at + bytes);
  }

  #extend(frames: number): void {
    this.#freeFrames -= frames;
    this.#frames += frames;
    this.#position = (this.#position + frames) | 0;
    Atomics.store(this.#control, CONTROL.written, this.#position);
  }

  #put(bytes: Uint8Array, fromFrame: number, position: number, frames: number): void {
    const offset = position & (this.#capacityFrames - 1);
    const first = Math.min(frames, this.#capacityFrames - offset);
    this.#copy(bytes, fromFrame, offset, first);
    if (frames > first) this.#copy(bytes, fromFrame + first, 0, frames - first);
  }

  #copy(bytes: Uint8Array, fromFrame: number, offset: number, frames: number): void {
    const start = fromFrame * this.#frameBytes;
    const end = start + frames * this.#frameBytes;
    const whole = start === 0 && end === bytes.length;
    this.#samples.set(whole ? bytes : bytes.subarray(start, end), offset * this.#frameBytes);
  }
}
