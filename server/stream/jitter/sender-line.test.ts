import { expect, test } from 'vitest';
import { SenderLine } from './sender-line.js';

const RATE = 48_000;
const PACKET = 480;
const MS = 1e6;

/** Packets `from`..`to`, 10 ms apart, that come `lateMs` late. */
function send(line: SenderLine, from: number, to: number, lateMs: number): number {
  let delayMs = 0;
  for (let n = from; n < to; n++) delayMs = line.note(n * PACKET, (n * 10 + lateMs) * MS);
  return delayMs;
}

test('there is no line before the first packet, and after it there is', () => {
  const line = new SenderLine(RATE);
  expect(line.empty).toBe(true);
  send(line, 1, 2, 5);
  expect(line.empty).toBe(false);
  expect(line.frameAt(15 * MS)).toBeCloseTo(PACKET, 6);
});

test('a packet that is faster than all before is not late', () => {
  const line = new SenderLine(RATE);
  send(line, 0, 200, 20);
  expect(send(line, 200, 201, 5)).toBe(0);
});

test('after an outage of the network the line is what it was', () => {
  const line = new SenderLine(RATE);
  send(line, 0, 500, 20);
  expect(send(line, 1000, 1001, 20)).toBeLessThan(0.01);
  // What was held up meanwhile comes at once, five seconds late and less.
  for (let n = 501; n < 1000; n++) line.note(n * PACKET, (10_000 + 21) * MS);
  expect(send(line, 1002, 1010, 20)).toBeLessThan(0.01);
});

test('what the sender knows of its clock holds at once, and over a standstill', () => {
  const line = new SenderLine(RATE);
  line.told({ skew: 250e-6, error: 1e-6 });
  send(line, 0, 10, 20);
  expect(line.nsPerFrame * RATE).toBeCloseTo(1e9 + 250e3, -3);
  send(line, 10, 20, 5000);
  expect(line.nsPerFrame * RATE).toBeCloseTo(1e9 + 250e3, -3);
});

test('a sender that lies of its clock is found out', () => {
  const line = new SenderLine(RATE);
  for (let n = 0; n < 1000; n++) {
    line.told({ skew: -800e-6, error: 1e-9 });
    send(line, n, n + 1, n % 3);
  }
  expect(Math.abs(line.nsPerFrame * RATE - 1e9) / 1e3).toBeLessThan(2);
});

test('a sender that stood still has a new line at once', () => {
  const line = new SenderLine(RATE);
  send(line, 0, 500, 20);
  expect(send(line, 500, 510, 5000)).toBeLessThan(0.01);
});

test('a sender that stood still for some ms has a later line after some seconds, and says by how much', () => {
  const line = new SenderLine(RATE);
  send(line, 0, 1000, 20);
  expect(line.takeLiftMs()).toBe(0);
  expect(send(line, 1000, 1100, 42)).toBeCloseTo(22, 1);
  expect(line.takeLiftMs()).toBe(0);
  expect(send(line, 1100, 1400, 42)).toBeLessThan(0.1);
  expect(line.takeLiftMs()).toBeCloseTo(22, 1);
  expect(line.takeLiftMs()).toBe(0);
});
