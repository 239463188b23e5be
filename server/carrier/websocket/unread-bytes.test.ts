import { expect, test } from 'vitest';
import { UnreadBytes } from './unread-bytes.js';

test('what was sent before a ping is read once its pong is back', () => {
  const unread = new UnreadBytes();
  unread.sent(1000);
  expect(unread.unaskedBytes).toBe(1000);
  const first = unread.ping();
  expect(unread.unaskedBytes).toBe(0);
  unread.sent(200);
  unread.pong(first);
  expect(unread.bytes).toBe(200);
});

test('one pong may answer several pings, and a late one takes nothing back', () => {
  const unread = new UnreadBytes();
  unread.sent(10);
  const first = unread.ping();
  unread.sent(10);
  const second = unread.ping();
  unread.pong(second);
  unread.pong(first);
  expect(unread.bytes).toBe(0);
});

test('a peer cannot claim to have read what it was not asked about', () => {
  const unread = new UnreadBytes();
  unread.sent(10);
  unread.ping();
  unread.sent(10);
  for (const claim of [20, 1e300, Infinity, NaN, -5, 0]) {
    const payload = Buffer.alloc(8);
    payload.writeDoubleBE(claim);
    unread.pong(payload);
  }
  unread.pong(Buffer.alloc(0));
  unread.pong(Buffer.alloc(9));
  expect(unread.bytes).toBe(20);
});
