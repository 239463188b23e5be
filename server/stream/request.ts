import type { StreamRequest } from './stream.js';

/** What every stream's request says; the rest is about copies and rings that clients fill. */
type Plain = Pick<
  StreamRequest,
  'id' | 'direction' | 'name' | 'device' | 'spec' | 'latencyUs' | 'transport' | 'volume' | 'paused'
>;

/** A request for a stream whose sound the server itself moves. */
export function plainRequest(plain: Plain): StreamRequest {
  return {
    ...plain,
    epoch: 0,
    mixMinus: false,
    solo: 0,
    fixed: false,
    live: false,
    purpose: 'music',
    resume: false,
    codec: 'pcm',
    opus: { frameUs: 0, bitrate: 0, lowDelay: false },
  };
}
