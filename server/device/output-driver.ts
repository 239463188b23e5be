import type { FrameSpec } from '../../native-shim/frame-spec.js';
import type { Address } from '../../native-shim/library.js';

export { type FrameSpec, SAMPLE_BYTES, type SampleFormat } from '../../native-shim/frame-spec.js';

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
