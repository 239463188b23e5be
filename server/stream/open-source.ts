import type { Ring } from '../mempool/pool.js';
import type { WeirError } from '../observe/errors.js';
import { type GrantedSink, PcmSink } from './granted-sink.js';
import { LiveIn, type LiveInEvents } from './live-in.js';
import { OpusSink } from './opus-sink.js';
import type { PacketLineParts } from './packet-line.js';
import type { StreamRequest } from './stream.js';

/** What fills a stream's ring from packets: for live sound all of it, for granted sound what comes after the counting. */
export type Source = LiveIn | GrantedSink;

/** Undefined where the client, or its carrier, writes the ring itself. */
export function openSource(
  request: StreamRequest,
  ring: Ring,
  parts: PacketLineParts,
  events: LiveInEvents,
): Source | WeirError | undefined {
  if (request.transport !== 'copies') return undefined;
  if (request.live) return LiveIn.open(request, ring, parts, events);
  return request.codec === 'opus' ? OpusSink.open(request, ring, parts, events) : new PcmSink(ring.memory);
}
