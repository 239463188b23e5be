import type { FrameSpec } from '../../../device/output-driver.js';
import { Balance, positionOf } from '../describe/volumes.js';
import type { Placing } from '../formats/placing.js';
import type { ChannelVolumes } from '../wire/values/volume.js';

/** A record stream's own fader: the engine has none for what it hears. */
export class RecordLevel {
  readonly #placing: Placing;
  #balance: Balance;
  #position = 1;
  #muted = false;
  /** For each of the ring's channels. Undefined: it hears the mix as it is. */
  #gains: readonly number[] | undefined;

  constructor(placing: Placing, channels: number) {
    this.#placing = placing;
    this.#balance = Balance.even(channels);
  }

  get volumes(): ChannelVolumes {
    return this.#balance.at(this.#position);
  }

  get muted(): boolean {
    return this.#muted;
  }

  set(volumes: ChannelVolumes, balance: Balance): void {
    this.#balance = balance;
    this.#position = positionOf(volumes);
    this.#reckon();
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    this.#reckon();
  }

  /** Scales frames of the ring where they lie. */
  apply(frames: Uint8Array, spec: FrameSpec): void {
    if (this.#gains) scaleFrames(frames, spec, this.#gains);
  }

  #reckon(): void {
    const gain = this.#muted ? 0 : this.#position ** 3;
    const gains = this.#balance.gains(this.#placing).map((share) => share * gain);
    this.#gains = gains.every((one) => one === 1) ? undefined : gains;
  }
}

const S24_HIGH = 2 ** 23;

/** Scales interleaved frames where they lie, each channel by its gain. What would be too loud is clipped. */
export function scaleFrames(bytes: Uint8Array, { format, channels }: FrameSpec, gains: readonly number[]): void {
  switch (format) {
    case 'f32':
      return scale(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2), channels, gains, Infinity);
    case 's32':
      return scale(new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2), channels, gains, 2 ** 31);
    case 's16':
      return scale(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1), channels, gains, 2 ** 15);
    case 's24':
      for (let at = 0, i = 0; at + 2 < bytes.length; at += 3, i++) {
        const sample = (((bytes[at + 2] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at] ?? 0) << 8)) >> 8;
        const scaled = clip(sample * (gains[i % channels] ?? 1), S24_HIGH);
        bytes[at] = scaled;
        bytes[at + 1] = scaled >> 8;
        bytes[at + 2] = scaled >> 16;
      }
  }
}

function scale(
  samples: Float32Array | Int32Array | Int16Array,
  channels: number,
  gains: readonly number[],
  high: number,
): void {
  for (let i = 0; i < samples.length; i++) {
    const scaled = (samples[i] ?? 0) * (gains[i % channels] ?? 1);
    samples[i] = high === Infinity ? scaled : clip(scaled, high);
  }
}

function clip(sample: number, high: number): number {
  return Math.round(Math.min(high - 1, Math.max(-high, sample)));
}
