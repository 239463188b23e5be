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
