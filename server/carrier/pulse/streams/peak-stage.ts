import type { RecordStage } from './record-stage.js';

const FLOAT_BYTES = 4;

/** For meters: of so many frames of the ring (one float channel) the loudest sample, as one float. */
export class PeakStage implements RecordStage {
  readonly ringFrameBytes = FLOAT_BYTES;
  readonly #framesPerPeak: number;
  readonly #out = new Float32Array(1);
  readonly #outBytes = new Uint8Array(this.#out.buffer);
  #peak = 0;
  #frames = 0;

  constructor(ringRate: number, peaksPerSecond: number) {
    this.#framesPerPeak = Math.max(1, Math.round(ringRate / peaksPerSecond));
  }

  ringFramesOf(clientFrames: number): number {
    return clientFrames * this.#framesPerPeak - this.#frames;
  }

  fromRing(bytes: Uint8Array, client: (frames: Uint8Array) => number): void {
    const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / FLOAT_BYTES);
    for (const sample of samples) {
      this.#peak = Math.max(this.#peak, Math.abs(sample));
      if (++this.#frames < this.#framesPerPeak) continue;
      this.#out[0] = this.#peak;
      this.#peak = this.#frames = 0;
      client(this.#outBytes);
    }
  }
}
