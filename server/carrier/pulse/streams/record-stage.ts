import type { FrameSpec } from '../../../device/output-driver.js';
import { FrameConverter } from '../formats/frame-converter.js';
import type { Placing } from '../formats/placing.js';
import type { PcmShape } from '../wire/values/format-info.js';

/** What becomes of a ring's frames on their way to the client. */
export interface RecordStage {
  readonly ringFrameBytes: number;
  /** How many of the ring's make so many of the client's. */
  ringFramesOf(clientFrames: number): number;
  /** Gives whole frames of the ring, as the client wants them, to `client`, which takes all. */
  fromRing(bytes: Uint8Array, client: (frames: Uint8Array) => number): void;
}

/** Every frame as it is, in the client's format and order of channels. */
export class PlainStage implements RecordStage {
  readonly ringFrameBytes: number;
  readonly #converter: FrameConverter;

  constructor({ spec }: PcmShape, placing: Placing) {
    this.#converter = new FrameConverter(spec, placing);
    this.ringFrameBytes = this.#converter.ringFrameBytes;
  }

  ringFramesOf(clientFrames: number): number {
    return clientFrames;
  }

  fromRing(bytes: Uint8Array, client: (frames: Uint8Array) => number): void {
    this.#converter.fromRing(bytes, client);
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
