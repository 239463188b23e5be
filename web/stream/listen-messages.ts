import type { JitterCounts } from './jitter-buffer.js';

/** Worker to worklet, through a port of their own: interleaved samples at a position of the stream, or a new stream. */
export type ListenMessage = { readonly frame: number; readonly samples: Float32Array } | 'reset';

/** Page to worklet: the port by which the sound comes, or the end of all. */
export type WorkletOrder = { readonly port: MessagePort } | 'stop';

/** Worklet to page, ten times a second. Peak and RMS are of what was heard since the last report. */
export interface ListenReport extends JitterCounts {
  readonly peak: number;
  readonly rms: number;
  readonly fillFrames: number;
  readonly targetFrames: number;
  readonly playing: boolean;
}
