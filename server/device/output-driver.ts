import type { Address } from '../../native-shim/library.js';

export type SampleFormat = 's16' | 's24' | 's32' | 'f32';

/** Bytes of one sample in memory; s24 is packed. All are little-endian. */
export const SAMPLE_BYTES: Readonly<Record<SampleFormat, number>> = { s16: 2, s24: 3, s32: 4, f32: 4 };

/** What a device was opened with, or a stream: the shape of its frames. */
export interface FrameSpec {
  readonly format: SampleFormat;
  readonly rate: number;
  readonly channels: number;
}

/**
 * ready: a quantum fits, render it now · waiting: the bounded wait ended, look at the orders and come back ·
 * lost: the device is gone for good.
 */
export type Readiness = 'ready' | 'waiting' | 'lost';

/** The longest that `wait` may block: an engine thread must see its orders and its generation this often. */
export const WAIT_LIMIT_MS = 250;

/**
 * An output as its engine thread drives it: wait, render one quantum, write it. Every call is on that thread, none
 * allocates per quantum, none blocks longer than WAIT_LIMIT_MS.
 */
export interface OutputDriver extends FrameSpec {
  /** Frames of the device's own buffer; the quantum stays at or under half of it. */
  readonly bufferFrames: number;
  /** Times that the device ran dry since it was opened. */
  readonly xruns: number;
  /** Frames written that nobody will hear: a full queue, or a device that threw its buffer away. */
  readonly droppedFrames: number;
  /** Chooses how much is rendered at once; the device is kept about two quanta full. Called before the first wait. */
  setQuantum(quantumFrames: number): void;
  wait(): Readiness;
  /** Takes exactly the quantum, interleaved in the device's format. False: the device is lost. */
  write(frames: Address, frameCount: number): boolean;
  /** Frames between the next one written and the speaker. */
  delayFrames(): number;
  close(): void;
}
