/** Blocks of interleaved frames that wait to be sent. Past its bound all but the newest go, and are counted: live sound stays live. */
export class BlockQueue {
  readonly #channels: number;
  readonly #mostFrames: number;
  readonly #keptFrames: number;
  #blocks: Float32Array[] = [];
  #frames = 0;
  #droppedFrames = 0;

  constructor(channels: number, mostFrames: number, keptFrames: number) {
    this.#channels = channels;
    this.#mostFrames = mostFrames;
    this.#keptFrames = keptFrames;
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
    if (this.#frames <= this.#mostFrames) return;
    this.#droppedFrames += this.take(this.#frames - this.#keptFrames).length / this.#channels;
  }

  /** The oldest at most `frames` frames. */
  take(frames: number): Float32Array {
    const taken = new Float32Array(Math.min(frames, this.#frames) * this.#channels);
    for (let at = 0; at < taken.length;) {
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
