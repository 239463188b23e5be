import type { Failure } from '../session/failure.js';
import type { StreamSeed } from './stream-seed.js';

/** Page to worker: listen to this, and bring it to the worklet at the other end of `port`. */
export interface ListenOrder {
  readonly seed: StreamSeed;
  /** An input or the monitor of an output. */
  readonly device: string;
  /** Leave out what this page itself plays. */
  readonly mixMinus: boolean;
  readonly port: MessagePort;
}

export type ListenPhase = 'opening' | 'listening' | 'reconnecting' | 'ended';

/** Worker to page. */
export interface ListenStatus {
  readonly of: 'listen';
  readonly phase: ListenPhase;
  /** How old the newest frame was when it came. */
  readonly wayMs: number | undefined;
  readonly droppedFrames: number;
  readonly failure: Failure | undefined;
}
