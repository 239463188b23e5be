import { LATENCY_MIN_US } from '../../../stream/limits.js';

/** The engine serves a latency by quanta of half of it at most; a tenth more lets the quanta that are nearly so long count. */
const QUANTA = 2.2;
/** The longest quantum that there is serves it from 44.1 kHz on, and the ring need not be longer: what waits behind it is in the buffer. */
const WISH_MAX_US = 200_000;
/**
 * Playback with so much device latency (20 ms in all, as programs ask for it) gets a quantum of 10 ms: what is queued beside it bridges
 * that, and its client is asked, and woken, half as often.
 */
const RELAXED_FROM_US = 5000;
const RELAXED_US = 10_000;

/** What is wished of the engine so that its quantum is no longer than the device latency that a client asks for. */
export function engineWishUs(deviceLatencyUs: number): number {
  return Math.round(Math.min(Math.max(deviceLatencyUs * QUANTA, LATENCY_MIN_US), WISH_MAX_US));
}

/** The same for playback. */
export function playbackWishUs(deviceLatencyUs: number): number {
  return engineWishUs(deviceLatencyUs < RELAXED_FROM_US ? deviceLatencyUs : Math.max(deviceLatencyUs, RELAXED_US));
}

/** The device latency that a client is told: what it asked for where the quantum is what was wished for that, else the quantum. */
export function grantedUs(wantedUs: number, quantumUs: number, wishUs = engineWishUs(wantedUs)): number {
  return 2 * quantumUs <= wishUs ? wantedUs : quantumUs;
}
