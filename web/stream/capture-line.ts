import type { RingMemory } from './shared-ring.js';

/** The way of captured sound from its worklet to the worker, past the page's own thread. */
export type CaptureLine =
  | { readonly kind: 'ring'; readonly memory: RingMemory }
  /** Where memory cannot be shared: interleaved frames come, as Float32Arrays. */
  | { readonly kind: 'port'; readonly port: MessagePort };

/** Page to capture worklet: where to bring it, or that enough was heard. */
export type CaptureOrder = { readonly port: MessagePort } | 'stop';

/** Word of the ring (SharedRing.notes): frames that did not fit. */
export const LOST_NOTE = 0;
