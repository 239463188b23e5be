/** How samples lie in memory; all are little-endian. */
export type SampleFormat = 's16' | 's24' | 's32' | 'f32';

/** Bytes of one sample in memory; s24 is packed. */
export const SAMPLE_BYTES: Readonly<Record<SampleFormat, number>> = { s16: 2, s24: 3, s32: 4, f32: 4 };

/** The shape of frames: a device's, or a stream's. */
export interface FrameSpec {
  readonly format: SampleFormat;
  readonly rate: number;
  readonly channels: number;
}
