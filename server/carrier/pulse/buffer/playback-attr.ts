import { NONE } from '../wire/numbers.js';
import { frameBytesOf, type SampleSpec } from '../wire/values/sample-spec.js';
import { BRIDGE_US, MINREQ_DEFAULT_US, QUEUE_BYTES_MAX, REQUEST_PACE_US, TLENGTH_DEFAULT_US } from './limits.js';

/** How a playback stream is buffered, in bytes of its own format. */
export interface PlaybackAttr {
  /** What may be queued at most. */
  readonly maxLength: number;
  /** What the server asks for, so that so much is queued. */
  readonly tlength: number;
  /** What must be queued before it plays; 0: it plays at once, and its clock runs on while there is nothing to play. */
  readonly prebuf: number;
  /** The server asks for no less than this at once. */
  readonly minreq: number;
}

export interface PlaybackWish extends PlaybackAttr {
  readonly adjustLatency: boolean;
  readonly earlyRequests: boolean;
}

/** What it gets. `latencyUs`: of the device. */
export interface GrantedPlayback extends PlaybackAttr {
  readonly latencyUs: number;
}

/** The size of frames, and how many a second. */
export interface ByteRate {
  readonly frameBytes: number;
  readonly bytesPerSecond: number;
}

export function byteRateOf(spec: SampleSpec): ByteRate {
  const frameBytes = frameBytesOf(spec);
  return { frameBytes, bytesPerSecond: frameBytes * spec.rate };
}

export const bytesOf = (us: number, { frameBytes, bytesPerSecond }: ByteRate): number =>
  Math.floor((us * bytesPerSecond) / 1e6 / frameBytes) * frameBytes;
export const usOf = (bytes: number, { bytesPerSecond }: ByteRate): number => Math.round((bytes * 1e6) / bytesPerSecond);

const down = (bytes: number, frameBytes: number) => Math.floor(bytes / frameBytes) * frameBytes;
const up = (bytes: number, frameBytes: number) => Math.ceil(bytes / frameBytes) * frameBytes;

/** Bytes queued at most: the client's wish within the server's limit, in whole frames. */
export function maxLengthOf(wish: number, frameBytes: number): number {
  return Math.max(frameBytes, down(wish === NONE ? QUEUE_BYTES_MAX : Math.min(wish, QUEUE_BYTES_MAX), frameBytes));
}

/** What the engine takes of a queue. */
export interface EngineShare {
  /** At once; it follows the latency that was asked for. */
  readonly quantumBytes: () => number;
  /** Of the limiter's, beyond that. */
  readonly lookAheadUs: number;
}

const NO_ENGINE: EngineShare = { quantumBytes: () => 0, lookAheadUs: 0 };

/**
 * What a stream gets for its wish. PulseAudio's own arithmetic, since clients know its results; in whole frames.
 * `latencyUs`: asks the device for a latency (µs, ≥ 0) and tells what it will be. Where the client set the latency of the whole way, the
 * engine's share in it counts.
 */
export function settlePlayback(
  wish: PlaybackWish,
  rate: ByteRate,
  latencyUs: (wantedUs: number) => number,
  engine = NO_ENGINE,
): GrantedPlayback {
  const { frameBytes } = rate;
  const maxLength = Math.max(2 * frameBytes, maxLengthOf(wish.maxLength, frameBytes));
  let tlength = wish.tlength === NONE ? bytesOf(TLENGTH_DEFAULT_US, rate) : up(wish.tlength, frameBytes);
  tlength = Math.min(Math.max(tlength, frameBytes), maxLength);
  let minreq = down(wish.minreq === NONE ? defaultMinreq(tlength, rate) : Math.min(wish.minreq, maxLength), frameBytes);
  minreq = Math.min(Math.max(minreq, frameBytes), maxLength - frameBytes);
  tlength = Math.max(tlength, minreq + frameBytes);
  const asked = tlength;

  const granted = latencyUs(usOf(Math.max(0, wantedBytes(wish, tlength, minreq)), rate));
  const grantedBytes = bytesOf(granted, rate);
  // A quantum takes no more than prebuf holds.
  const least = minreq + Math.max(frameBytes, engine.quantumBytes());
  if (wish.adjustLatency && !wish.earlyRequests) tlength -= grantedBytes;
  tlength = Math.min(Math.max(tlength, grantedBytes + 2 * minreq, least), maxLength);
  if (wish.adjustLatency && !wish.earlyRequests) tlength = shared(tlength, least, asked, rate, engine);

  const prebufMax = tlength + frameBytes - minreq;
  const prebuf = wish.prebuf === NONE ? prebufMax : Math.min(up(wish.prebuf, frameBytes), prebufMax);
  return { maxLength, tlength, prebuf, minreq, latencyUs: granted };
}

/**
 * How much is missing when the client is asked, for an output that takes `quantumUs` at once: minreq, or more where so much is queued
 * that it can wait. A request costs a wake-up of the client, whatever it asks for.
 */
export function requestBytes({ tlength, minreq }: PlaybackAttr, rate: ByteRate, quantumUs: number): number {
  const spare = tlength - bytesOf(BRIDGE_US + quantumUs, rate);
  return Math.max(minreq, Math.min(spare, bytesOf(REQUEST_PACE_US, rate)));
}

/**
 * The queue beside the engine's share, of `asked` bytes for the whole way, and no less than `least`. What the look-ahead takes is left out:
 * else the last of the queue would be heard a quantum later. Where there is hardly enough to bridge anything all of it stays, and is
 * filled up to whole quanta: less than one more bridges nothing.
 */
function shared(tlength: number, least: number, asked: number, rate: ByteRate, engine: EngineShare): number {
  const lookAhead = bytesOf(engine.lookAheadUs, rate);
  const bridge = bytesOf(BRIDGE_US, rate);
  if (tlength > bridge) return Math.max(tlength - lookAhead, Math.min(tlength, Math.max(bridge, least)));
  const whole = up(tlength, Math.max(rate.frameBytes, engine.quantumBytes()));
  return whole + lookAhead <= asked ? whole : tlength;
}

function defaultMinreq(tlength: number, rate: ByteRate): number {
  return Math.min(bytesOf(MINREQ_DEFAULT_US, rate), down(tlength / 4, rate.frameBytes));
}

function wantedBytes({ earlyRequests, adjustLatency }: PlaybackWish, tlength: number, minreq: number): number {
  if (earlyRequests) return minreq;
  return adjustLatency ? (tlength - 2 * minreq) / 2 : tlength - 2 * minreq;
}
