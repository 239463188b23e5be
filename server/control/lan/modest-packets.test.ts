import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { LAN_LIMITS } from './limits.js';
import { hearModestPackets, isModest } from './modest-packets.js';

function packet(questions: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  if (sizeBytes >= 6) bytes.writeUInt16BE(questions, 4);
  return bytes;
}

test('a packet of one frame that asks a few things is looked at, and no other', () => {
  const { mdnsPacketBytes, mdnsQuestions } = LAN_LIMITS;
  expect(isModest(packet(1, 34))).toBe(true);
  expect(isModest(packet(mdnsQuestions, mdnsPacketBytes))).toBe(true);
  expect(isModest(packet(mdnsQuestions + 1, mdnsPacketBytes))).toBe(false);
  expect(isModest(packet(1, mdnsPacketBytes + 1))).toBe(false);
  expect(isModest(packet(0, 0))).toBe(false);
  expect(isModest(packet(0, 11))).toBe(false);
});

test('what listens hears modest packets whole, and only so many at once', () => {
  const socket = new EventEmitter();
  const heard: unknown[][] = [];
  socket.on('message', (...args: unknown[]) => heard.push(args));
  hearModestPackets(socket);
  const from = { address: '10.0.0.2', port: 5353 };
  socket.emit('message', packet(10_000, 60_028), from);
  expect(heard).toEqual([]);
  const one = packet(1, 34);
  socket.emit('message', one, from);
  expect(heard).toEqual([[one, from]]);
  for (let sent = 0; sent < LAN_LIMITS.mdnsPacketsAtOnce * 3; sent += 1) socket.emit('message', one, from);
  expect(heard.length).toBeGreaterThanOrEqual(LAN_LIMITS.mdnsPacketsAtOnce);
  expect(heard.length).toBeLessThan(LAN_LIMITS.mdnsPacketsAtOnce * 2);
});
