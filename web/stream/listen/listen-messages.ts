import type { Purpose } from '../play-order.js';
import type { PacketMessage, QueueMemory } from './packet-queue.js';
import type { PlayoutCounts } from './playout.js';

/** What the worklet is made with. */
export interface ListenOptions {
  readonly purpose: Purpose;
}

/** Page to worklet: where sound comes from, now and until the next of these; or the end of all. */
export type WorkletOrder = { readonly port: MessagePort; readonly memory: QueueMemory | undefined } | 'stop';

/** Worker to worklet through the port, where they share no memory. */
export type ToWorklet = PacketMessage;
/** And back: the context's frame that is asked for now, counted since the order. */
export type FromWorklet = number;

/** Worklet to page, ten times a second. Peak and RMS are of what was heard since the last report; frames are at RATE. */
export interface ListenReport extends PlayoutCounts {
  readonly peak: number;
  readonly rms: number;
  /** From the fastest packets' arrival to the output, and where that shall be. */
  readonly delayFrames: number;
  readonly targetFrames: number;
  /** The server's clock against the context's, as it is followed; glides to another delay included. */
  readonly driftPpm: number;
  readonly playing: boolean;
}
