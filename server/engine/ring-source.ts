import type { Address } from '../../native-shim/library.js';
import { copyFrames, FORMAT_CODE, type FormatCode, resampler, toFloat, zeroFrames } from '../../native-shim/kernels.js';
import { PlaybackReader } from '../mempool/ring.js';
import { QUANTUM_MAX_FRAMES } from './limits.js';
import type { PlayOrder } from './orders.js';
import type { Scratch } from './scratch.js';

/** A playback ring's frames on their way into the mix: as they lie there, or through the stream's resampler. */
export class RingSource {
  readonly reader: PlaybackReader;
  readonly format: FormatCode;
  /** The ring's samples; the next frame lies at `reader.offset`. */
  readonly samples: Address;
  readonly channels: number;
  readonly #frameBytes: number;
  readonly #resampler: Address;
  readonly #scratch: Scratch;

  constructor(order: PlayOrder, scratch: Scratch) {
    this.reader = new PlaybackReader(order.memory, order.frames);
    this.format = FORMAT_CODE[order.spec.format];
    this.samples = order.memory.samples;
    this.channels = order.spec.channels;
    this.#frameBytes = order.memory.frameBytes;
    this.#resampler = order.resampler;
    this.#scratch = scratch;
  }

  get resampled(): boolean {
    return this.#resampler !== 0n;
  }

  /** Frames of the ring that `frames` of the output take. */
  need(frames: number): number {
    return this.#resampler === 0n ? frames : resampler.need(this.#resampler, frames);
  }

  /** Frames that the resampler was given and has not given out. */
  get heldFrames(): number {
    return this.#resampler === 0n ? 0 : resampler.delay(this.#resampler);
  }

  /** Stream frames per output frame, reached within the next quantum. */
  setRatio(ratio: number): void {
    resampler.setRatio(this.#resampler, ratio);
  }

  resetResampler(): void {
    if (this.#resampler !== 0n) resampler.reset(this.#resampler);
  }

  /** The ring's next frames, to the resampler. */
  push(frames: number): void {
    for (let done = 0; done < frames;) {
      const count = this.reader.contiguous(frames - done);
      resampler.push(this.#resampler, this.samples, this.reader.offset, this.format, count);
      this.reader.advance(count);
      done += count;
    }
  }

  /** `source`: a quantum of frames that are all the same. `frames` may be many times that. */
  pushRepeated(source: Address, frames: number): void {
    for (let done = 0; done < frames; done += QUANTUM_MAX_FRAMES) {
      resampler.push(this.#resampler, source, 0, FORMAT_CODE.f32, Math.min(frames - done, QUANTUM_MAX_FRAMES));
    }
  }

  /** The resampler's next frames, into `scratch.voice`. */
  pull(frames: number): void {
    resampler.pull(this.#resampler, this.#scratch.voice.address, 0, frames);
  }

  /** The ring's next `needed` frames as `frames` of the output, in `scratch.voice`. */
  takeFloats(needed: number, frames: number): void {
    if (this.#resampler === 0n) return this.take(frames);
    this.push(needed);
    this.pull(frames);
  }

  /** The ring's next frames as floats in `scratch.voice`. */
  take(frames: number): void {
    for (let done = 0; done < frames;) {
      const count = this.reader.contiguous(frames - done);
      toFloat(
        this.#scratch.voice.address, done, this.samples, this.reader.offset, this.format, this.channels, count,
      ); // prettier-ignore
      this.reader.advance(count);
      done += count;
    }
  }

  /** The last frame consumed, as often as it takes to fill `scratch.voice` up. The client may have changed it: it is its own sound. */
  holdLast(from: number, to: number): void {
    const { address, view } = this.#scratch.voice;
    const { channels } = this;
    toFloat(address, from, this.samples, this.reader.lastOffset, this.format, channels, 1);
    for (let i = (from + 1) * channels; i < to * channels; i++) view[i] = view[i - channels] ?? 0;
  }

  /** The reader has not advanced yet: the client cannot overwrite these frames before they are copied. */
  copyOut(exact: Address, frames: number, quantumFrames: number): void {
    const frameBytes = this.#frameBytes;
    const first = this.reader.contiguous(frames);
    copyFrames(exact, 0, this.samples, this.reader.offset, frameBytes, first);
    if (first < frames) copyFrames(exact, first, this.samples, 0, frameBytes, frames - first);
    if (frames < quantumFrames) zeroFrames(exact, frames, frameBytes, quantumFrames - frames);
  }
}
