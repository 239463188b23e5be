import type { JitterCounts } from './jitter-buffer.js';

/** Page to worklet: interleaved samples at a position of the stream, a new stream, or the end of all. */
export type ListenOrder = { readonly frame: number; readonly samples: Float32Array } | 'reset' | 'stop';

/** Worklet to page, ten times a second. Peak and RMS are of what was heard since the last report. */
export interface ListenReport extends JitterCounts {
  readonly peak: number;
  readonly rms: number;
  readonly fillFrames: number;
  readonly targetFrames: number;
  readonly playing: boolean;
}
