import { WeirError } from '../observe/errors.js';
import { mayTakeOver } from '../policy/take-over.js';
import type { Stream, StreamRequest } from '../stream/stream.js';
import type { SessionStreams } from './session-streams.js';
import type { Session } from './session.js';

/** A stream that another connection holds, and that connection's streams. */
export interface Held {
  readonly stream: Stream;
  readonly holder: SessionStreams;
}

/**
 * The stream that `request` would go on with: by copies, of the same id and shape, held by another connection of the same
 * peer. The newest, should there be several; undefined where there is none that this peer may know of.
 */
export function findHeld(taker: Session, request: StreamRequest): Held | WeirError | undefined {
  const found: Held[] = [];
  for (const { peer, streams: holder } of taker.house.reception.all) {
    if (!holder || holder === taker.streams || !mayTakeOver(taker.peer, peer)) continue;
    for (const stream of holder.all) {
      if (stream.request.id === request.id && sameShape(stream.request, request)) found.push({ stream, holder });
    }
  }
  const newest = found.toSorted((a, b) => b.stream.request.epoch - a.stream.request.epoch)[0];
  if (!newest || newest.stream.request.epoch < request.epoch) return newest;
  return new WeirError('STREAM_REPLACED', `epoch ${request.epoch} is not newer than ${newest.stream.request.epoch}`);
}

function sameShape(a: StreamRequest, b: StreamRequest): boolean {
  const alike = (['direction', 'transport', 'codec', 'live', 'mixMinus'] as const).every((key) => a[key] === b[key]);
  return alike && (['format', 'rate', 'channels'] as const).every((key) => a.spec[key] === b.spec[key]);
}
