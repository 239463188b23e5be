import type { RingMemory } from './shared-ring.js';

/** The way of captured sound from its worklet to the worker, past the page's own thread. */
export type CaptureLine =
  | { readonly kind: 'ring'; readonly memory: RingMemory }
  /** Where memory cannot be shared: CapturedMessages come. */
  | { readonly kind: 'port'; readonly port: MessagePort };

/** Interleaved frames, and when the newest of them was there: Date.now(), the one clock that worklets and workers share. */
export interface CapturedMessage {
  readonly samples: Float32Array;
  readonly stampMs: number;
}

/** Page to capture worklet: where to bring it, or that enough was heard. */
export type CaptureOrder = { readonly port: MessagePort } | 'stop';

/** Words of the ring (SharedRing.notes): Date.now() of the newest frames modulo 2^32, and frames that did not fit. */
export const STAMP_NOTE = 0;
export const LOST_NOTE = 1;
