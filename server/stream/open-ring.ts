import type { Pool, Ring } from '../mempool/pool.js';
import { recordCapacityFrames, ringCapacityFrames } from '../mempool/ring-memory.js';
import type { WeirError } from '../observe/errors.js';
import { frameBytesOf } from './frame-bytes.js';
import { LIVE_DEPTH_MAX_US } from './limits.js';
import type { Direction, StreamRequest, Transport } from './stream.js';

/** A stream's ring: shared with its client, or for playback by copies the server's own. */
export function openRing({ direction, spec, latencyUs, transport, live }: StreamRequest, pool: Pool): Ring | WeirError {
  const capacityFrames = direction === 'playback' ? ringCapacityFrames : recordCapacityFrames;
  const shape = {
    capacityFrames: capacityFrames(spec.rate, depthUs(direction, transport, live, latencyUs)),
    frameBytes: frameBytesOf(spec),
    direction,
  };
  return transport === 'ring' ? pool.openRing(shape) : pool.openPrivateRing(shape);
}

/** A jitter buffer finds its depth by itself; who fills a private ring keeps what is beyond some quanta in a queue of his own. */
function depthUs(direction: Direction, transport: Transport, live: boolean, latencyUs: number): number {
  if (live) return Math.max(latencyUs, LIVE_DEPTH_MAX_US);
  return direction === 'playback' && transport === 'private' ? 0 : latencyUs;
}
