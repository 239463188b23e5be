import { CHANNELS, PLAY_LIMITS, RATE } from '../limits.js';
import type { PacketEncoder } from './packet-encoder.js';

/** Live sound to one encoder, and from one to the next in midstream: between two packets, so that no frame is left out. */
export class EncoderRelay {
  #encoder: PacketEncoder;
  /** Takes over when the packet of the other one is whole. */
  #next: PacketEncoder | undefined;
  /** What was encoded last: an encoder that goes on in midstream hears it first. */
  readonly #recent = new Float32Array(PLAY_LIMITS.opusPrerollFrames * CHANNELS);

  constructor(encoder: PacketEncoder) {
    this.#encoder = encoder;
  }

  get bytesPerSecond(): number {
    return this.#encoder.bytesPerSecond;
  }

  goOverTo(next: PacketEncoder): void {
    this.#next?.close();
    this.#next = next;
  }

  /** As PacketEncoder. */
  encode(samples: Float32Array, frame: number, captureUs: number): void {
    const next = this.#next;
    if (!next) return this.#feed(samples, frame, captureUs);
    const own = Math.min(this.#encoder.lackingFrames, samples.length / CHANNELS);
    this.#feed(samples.subarray(0, own * CHANNELS), frame, captureUs);
    if (this.#encoder.lackingFrames > 0) return;
    this.#encoder.retire();
    next.prime(this.#recent);
    this.#encoder = next;
    this.#next = undefined;
    this.#feed(samples.subarray(own * CHANNELS), frame + own, captureUs + Math.round((own / RATE) * 1e6));
  }

  close(): void {
    this.#encoder.close();
    this.#next?.close();
  }

  #feed(samples: Float32Array, frame: number, captureUs: number): void {
    if (samples.length === 0) return;
    this.#encoder.encode(samples, frame, captureUs);
    const { length } = this.#recent;
    const newest = samples.subarray(-length);
    this.#recent.copyWithin(0, newest.length);
    this.#recent.set(newest, length - newest.length);
  }
}
