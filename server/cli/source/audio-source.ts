import type { FrameSpec } from '../../device/output-driver.js';

/** Sound to be played, from wherever: chunks are whole interleaved frames of the spec. */
export interface AudioSource {
  readonly spec: FrameSpec;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Places that could not be decoded and were left out, so far. */
  damaged(): number;
}
