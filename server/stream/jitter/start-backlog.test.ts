import { expect, test } from 'vitest';
import { StartBacklog } from './start-backlog.js';

const RATE = 48_000;
const PACKET_FRAMES = 480;
const PACKET_MS = 10;

/** How many packets are passed over when packet n comes `lateMs(n)` after it was made. */
function passedOver(lateMs: (n: number) => number): number {
  const backlog = new StartBacklog(RATE);
  for (let n = 0; n < 1000; n++) {
    if (backlog.isOver((n + 1) * PACKET_FRAMES, 5000 + n * PACKET_MS + lateMs(n))) return n;
  }
  return Infinity;
}

test('a stream that comes as it is made begins after a tenth of a second', () => {
  expect(passedOver(() => 0)).toBe(10);
});

test('what gathered before is passed over, and a tenth of a second more', () => {
  // 40 packets made before the first could be sent; each takes 1 ms to come.
  expect(passedOver((n) => Math.max(0, 400 - n * 9))).toBe(55);
});

test('packets that catch up for ever are taken after a second', () => {
  expect(passedOver((n) => -6 * n)).toBe(250);
});

test('what came once is over', () => {
  const backlog = new StartBacklog(RATE);
  for (let n = 0; n <= 10; n++) backlog.isOver(n * PACKET_FRAMES, n * PACKET_MS);
  expect(backlog.isOver(0, 0)).toBe(true);
});
