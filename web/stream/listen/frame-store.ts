/** What became of a packet. */
export type Taken = 'new' | 'late' | 'double' | 'ahead';

/**
 * Frames at their positions in the stream, in whatever order they come; they are read in order, by whoever finds them
 * there. Holds `capacityFrames` (a power of two) from the read position on.
 */
export class FrameStore {
  readonly #channels: readonly Float32Array[];
  readonly #present: Uint8Array;
  readonly #capacityFrames: number;
  #readFrame = 0;
  #endFrame = 0;

  constructor(channels: number, capacityFrames: number) {
    this.#capacityFrames = capacityFrames;
    this.#channels = Array.from({ length: channels }, () => new Float32Array(capacityFrames));
    this.#present = new Uint8Array(capacityFrames);
  }

  /** The next frame to be read. */
  get readFrame(): number {
    return this.#readFrame;
  }

  /** One past the newest frame that ever came. */
  get endFrame(): number {
    return this.#endFrame;
  }

  /** Takes interleaved `samples` of which the first frame has position `frame` in the stream. */
  write(frame: number, samples: Float32Array): Taken {
    const width = this.#channels.length;
    const end = frame + samples.length / width;
    if (end <= this.#readFrame) return 'late';
    if (end > this.#readFrame + this.#capacityFrames) return 'ahead';
    const first = Math.max(frame, this.#readFrame);
    if (this.#isPresent(first) && this.#isPresent(end - 1)) return 'double';
    for (let at = first; at < end; at++) {
      const index = this.#index(at);
      const from = (at - frame) * width;
      for (let c = 0; c < width; c++) this.#put(c, index, samples[from + c] ?? 0);
      this.#present[index] = 1;
    }
    this.#endFrame = Math.max(this.#endFrame, end);
    return 'new';
  }

  /** How many frames, at most `most`, are there without a hole from `frame` on. */
  run(frame: number, most: number): number {
    let frames = 0;
    while (frames < most && this.#isPresent(frame + frames)) frames++;
    return frames;
  }

  /** The first frame that is there, from the read position on. */
  nextPresent(): number | undefined {
    for (let frame = this.#readFrame; frame < this.#endFrame; frame++) if (this.#isPresent(frame)) return frame;
    return undefined;
  }

  /** Moves the next `frames` frames into planar `into` at `at`; they are there, `run` said so. */
  take(into: readonly Float32Array[], at: number, frames: number): void {
    for (let done = 0; done < frames;) {
      const index = this.#index(this.#readFrame + done);
      const span = Math.min(frames - done, this.#capacityFrames - index);
      this.#channels.forEach((channel, c) => into[c]?.set(channel.subarray(index, index + span), at + done));
      done += span;
    }
    this.#forget(frames);
    this.#readFrame += frames;
  }

  /** Reading goes on at `frame`; how many frames that were there are forgotten. */
  skipTo(frame: number): number {
    const frames = frame - this.#readFrame;
    let present = 0;
    for (let at = this.#readFrame; at < Math.min(frame, this.#endFrame); at++) if (this.#isPresent(at)) present++;
    this.#forget(frames < 0 ? this.#capacityFrames : Math.min(frames, this.#capacityFrames));
    this.#endFrame = frames < 0 ? frame : Math.max(this.#endFrame, frame);
    this.#readFrame = frame;
    return present;
  }

  #forget(frames: number): void {
    const index = this.#index(this.#readFrame);
    this.#present.fill(0, index, index + frames);
    this.#present.fill(0, 0, Math.max(0, index + frames - this.#capacityFrames));
  }

  #put(channel: number, index: number, sample: number): void {
    const samples = this.#channels[channel];
    if (samples) samples[index] = sample;
  }

  #index(frame: number): number {
    return frame % this.#capacityFrames;
  }

  #isPresent(frame: number): boolean {
    return frame >= this.#readFrame && frame < this.#endFrame && this.#present[this.#index(frame)] === 1;
  }
}
