/** Blocks of interleaved frames that wait to be sent. Past its bound the oldest go, and are counted: live sound stays live. */
export class BlockQueue {
  readonly #channels: number;
  readonly #mostFrames: number;
  #blocks: Float32Array[] = [];
  #frames = 0;
  #droppedFrames = 0;

  constructor(channels: number, mostFrames: number) {
    this.#channels = channels;
    this.#mostFrames = mostFrames;
  }

  get frames(): number {
    return this.#frames;
  }

  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  push(block: Float32Array): void {
    this.#blocks.push(block);
    this.#frames += block.length / this.#channels;
    const excess = this.#frames - this.#mostFrames;
    if (excess > 0) this.#droppedFrames += this.take(excess).length / this.#channels;
  }

  /** The oldest at most `frames` frames. */
  take(frames: number): Float32Array {
    const taken = new Float32Array(Math.min(frames, this.#frames) * this.#channels);
    for (let at = 0; at < taken.length; ) {
      const [block = taken.subarray(at)] = this.#blocks;
      const part = block.subarray(0, taken.length - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === block.length) this.#blocks.shift();
      else this.#blocks[0] = block.subarray(part.length);
    }
    this.#frames -= taken.length / this.#channels;
    return taken;
  }

  clear(): void {
    this.#blocks = [];
    this.#frames = 0;
  }
}
