import type { Pool, Ring } from '../mempool/pool.js';
import { recordCapacityFrames, ringCapacityFrames } from '../mempool/ring-memory.js';
import type { WeirError } from '../observe/errors.js';
import { frameBytesOf } from './frame-bytes.js';
import { LIVE_DEPTH_MAX_US } from './limits.js';
import type { StreamRequest } from './stream.js';

/** A stream's ring: shared with its client, or for playback by copies the server's own. */
export function openRing({ direction, spec, latencyUs, transport, live }: StreamRequest, pool: Pool): Ring | WeirError {
  const capacityFrames = direction === 'playback' ? ringCapacityFrames : recordCapacityFrames;
  const shape = {
    capacityFrames: capacityFrames(spec.rate, live ? Math.max(latencyUs, LIVE_DEPTH_MAX_US) : latencyUs),
    frameBytes: frameBytesOf(spec),
    direction,
  };
  return transport === 'ring' ? pool.openRing(shape) : pool.openPrivateRing(shape);
}
