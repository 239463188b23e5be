import { PAGE_BYTES } from '../../native-shim/ring-layout.js';
import { mapPrivate, SysError, wakePair } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import type { KeptMemory } from './kept-memory.js';
import { type PoolPeer, PrivateRing, type Ring, type RingParts, SharedRing, type WatchedSegment } from './pool-ring.js';
import { Charge, type Quota } from './quota.js';
import { isRingShape, type RingShape, samplePagesBytes, segmentSizes } from './ring-memory.js';
import { createSegment, dropSegment, type SegmentName } from './segment.js';

export type { PoolPeer, Ring } from './pool-ring.js';

/** The memory of one client and one direction: a sealed pair of segments a stream, counted against the client's quota. */
export class Pool {
  readonly #quota: Quota;
  readonly #peer: PoolPeer | undefined;

  /** `peer` absent: no process of this machine. It gets private rings alone. */
  constructor(quota: Quota, peer: PoolPeer | undefined) {
    this.#quota = quota;
    this.#peer = peer;
  }

  /** A ring that the client maps too. */
  openRing(shape: RingShape): Ring | WeirError {
    const peer = this.#peer;
    if (!peer) return new WeirError('SHARED_MEMORY_UNAVAILABLE', 'the peer is no process of this machine');
    const { direction, capacityFrames, frameBytes } = checked(shape);
    const { controlBytes, dataBytes } = segmentSizes(direction, capacityFrames, frameBytes);
    const sizeBytes = controlBytes + dataBytes;
    const refused = peer.kept.refusal(peer.uid) ?? this.#quota.charge(sizeBytes);
    if (refused) return refused;
    const parts = makeParts(peer.kept, controlBytes, dataBytes);
    if (!(parts instanceof WeirError)) return new SharedRing(shape, parts, this.#quota, peer);
    this.#quota.release(sizeBytes);
    return parts;
  }

  /** The same layout in memory of our own: a ring that the server itself fills or empties. */
  openPrivateRing(shape: RingShape): Ring | WeirError {
    return openPrivateRing(shape, this.#quota);
  }

  /** Counts `bytes` that serve this client elsewhere, until they are released. */
  hold(bytes: number): Charge | WeirError {
    return Charge.take(this.#quota, bytes);
  }

  /** What was another client's is this one's from now on: all of it, or nothing. */
  adopt(charges: readonly Charge[]): WeirError | undefined {
    return Charge.move(charges, this.#quota);
  }
}

/** All that a client is handed, or nothing. */
function makeParts(kept: KeptMemory, controlBytes: number, dataBytes: number): RingParts | WeirError {
  const control = watchedSegment(kept, 'weir-control', controlBytes);
  if (control instanceof WeirError) return control;
  const data = watchedSegment(kept, 'weir-data', dataBytes);
  if (data instanceof WeirError) {
    dropSegment(control);
    return data;
  }
  const wake = wakePair();
  if (!(wake instanceof SysError)) return { control, data, wake };
  dropSegment(control);
  dropSegment(data);
  return new WeirError('SHARED_MEMORY_UNAVAILABLE', `no wake-up socket to be had: ${wake.message}`);
}

function watchedSegment(kept: KeptMemory, name: SegmentName, sizeBytes: number): WatchedSegment | WeirError {
  const segment = createSegment(name, sizeBytes);
  if (segment instanceof WeirError) return segment;
  const watched = kept.watch(segment.fd);
  if (!(watched instanceof SysError)) return { ...segment, watched };
  dropSegment(segment);
  return new WeirError('SHARED_MEMORY_UNAVAILABLE', `the memory cannot be watched: ${watched.message}`);
}

export const privateRingBytes = ({ capacityFrames, frameBytes }: RingShape): number =>
  2 * PAGE_BYTES + samplePagesBytes(capacityFrames, frameBytes);

export function openPrivateRing(shape: RingShape, quota: Quota): Ring | WeirError {
  const sizeBytes = privateRingBytes(checked(shape));
  const charge = Charge.take(quota, sizeBytes);
  if (charge instanceof WeirError) return charge;
  const address = mapPrivate(sizeBytes);
  if (!(address instanceof SysError)) return new PrivateRing(shape, address, charge);
  charge.release();
  return new WeirError('MAPPING_FAILED', address.message);
}

/** Shapes come from requests that were checked: a wrong one here is our own mistake. */
function checked(shape: RingShape): RingShape {
  if (isRingShape(shape.capacityFrames, shape.frameBytes)) return shape;
  throw new RangeError(`no ring of ${shape.capacityFrames} frames of ${shape.frameBytes} bytes`);
}
