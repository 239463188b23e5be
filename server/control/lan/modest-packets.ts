import type { EventEmitter } from 'node:events';
import { performance } from 'node:perf_hooks';
import { Tally } from '../../session/tally.js';
import { LAN_LIMITS } from './limits.js';

/** Where a DNS message says how many questions it asks (RFC 1035, 4.1.1). */
const QUESTIONS_AT = 4;
const HEADER_BYTES = 12;

/**
 * Lets those packets through to the listeners that a mDNS `socket` has by now that a good neighbour would send. The library
 * answers each question of a packet with a packet of its own, to everybody: one of 60 kB would be answered 10,000 times.
 */
export function hearModestPackets(socket: EventEmitter): void {
  const { mdnsPacketsPerSecond: perSecond, mdnsPacketsAtOnce: atOnce } = LAN_LIMITS;
  const tally = new Tally({ perSecond, atOnce }, performance.now());
  const listeners = socket.listeners('message');
  socket.removeAllListeners('message');
  socket.on('message', (packet: Buffer, ...rest: unknown[]) => {
    if (!isModest(packet) || !tally.take(performance.now())) return;
    for (const listener of listeners) Reflect.apply(listener, socket, [packet, ...rest]);
  });
}

/** Whatever is longer, or asks more, is no question that concerns us. */
export function isModest(packet: Buffer): boolean {
  if (packet.length < HEADER_BYTES || packet.length > LAN_LIMITS.mdnsPacketBytes) return false;
  return packet.readUInt16BE(QUESTIONS_AT) <= LAN_LIMITS.mdnsQuestions;
}
