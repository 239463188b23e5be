import { LATENCY_MAX_US, LATENCY_MIN_US } from '../../../stream/limits.js';

/** The engine serves a latency by quanta of half of it at most; a tenth more lets the quanta that are nearly so long count. */
const QUANTA = 2.2;

/** What is wished of the engine so that its quantum is no longer than the device latency that a client asks for. */
export function engineWishUs(deviceLatencyUs: number): number {
  return Math.round(Math.min(Math.max(deviceLatencyUs * QUANTA, LATENCY_MIN_US), LATENCY_MAX_US));
}

/** The device latency that a client is told: what it asked for where the quantum is nearly that, else the quantum. */
export function grantedUs(wantedUs: number, quantumUs: number): number {
  return 2 * quantumUs <= wantedUs * QUANTA ? wantedUs : quantumUs;
}
