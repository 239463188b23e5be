/**
 * A bounded queue of interleaved frames that can be read between two frames. Positions are relative to the read
 * position; -1, the frame read last, is kept for the interpolation.
 */
export class FrameQueue {
  readonly channels: number;
  readonly #samples: Float32Array;
  readonly #capacityFrames: number;
  #readFrame = 0;
  #fillFrames = 0;

  constructor(channels: number, capacityFrames: number) {
    this.channels = channels;
    this.#capacityFrames = capacityFrames + 1;
    this.#samples = new Float32Array(channels * this.#capacityFrames);
  }

  get fillFrames(): number {
    return this.#fillFrames;
  }

  /** Appends as much as fits; returns the frames that did not. */
  write(samples: Float32Array): number {
    const frames = Math.floor(samples.length / this.channels);
    const accepted = Math.min(frames, this.#capacityFrames - 1 - this.#fillFrames);
    const at = (this.#readFrame + this.#fillFrames) % this.#capacityFrames;
    const first = Math.min(accepted, this.#capacityFrames - at) * this.channels;
    this.#samples.set(samples.subarray(0, first), at * this.channels);
    this.#samples.set(samples.subarray(first, accepted * this.channels), 0);
    this.#fillFrames += accepted;
    return frames - accepted;
  }

  /** The sample at `frame` frames after the read position; the last one again beyond the end. */
  at(frame: number, channel: number): number {
    const within = Math.min(frame, this.#fillFrames - 1) + this.#capacityFrames;
    return this.#samples[((this.#readFrame + within) % this.#capacityFrames) * this.channels + channel] ?? 0;
  }

  /** Between frames: a cubic through the four neighbours (Catmull-Rom), exact where `fraction` is 0. */
  between(frame: number, fraction: number, channel: number): number {
    const y1 = this.at(frame, channel);
    if (fraction === 0) return y1;
    const y0 = this.at(frame - 1, channel);
    const y2 = this.at(frame + 1, channel);
    const y3 = this.at(frame + 2, channel);
    const a = y2 - y0;
    const b = 2 * y0 - 5 * y1 + 4 * y2 - y3;
    const c = 3 * (y1 - y2) + y3 - y0;
    return y1 + (fraction / 2) * (a + fraction * (b + fraction * c));
  }

  skip(frames: number): void {
    const skipped = Math.min(frames, this.#fillFrames);
    this.#readFrame = (this.#readFrame + skipped) % this.#capacityFrames;
    this.#fillFrames -= skipped;
  }

  clear(): void {
    this.#fillFrames = 0;
  }
}
