import { expect, test } from 'vitest';
import { CHILD_LIMITS, TIME_LIMITS } from '../server/carrier/webtransport/limits.ts';
import { SESSION_LIMITS } from '../web/session/limits.ts';

// The page and the server may not import each other: what ties their limits stands outside of both.

const { pingMs, silentMs, helloMs, limboMs } = SESSION_LIMITS;

test('streams of a dead QUIC process wait until a page has noticed, connected by WebSocket and said hello', () => {
  // The ping may have to be sent first, and silence is looked at once a ping.
  const noticedMs = pingMs + Math.ceil(silentMs / pingMs) * pingMs;
  expect(CHILD_LIMITS.orphanMs).toBeGreaterThanOrEqual(noticedMs + helloMs);
});

test('a page keeps its streams for as long as any server may', () => {
  expect(limboMs).toBeGreaterThanOrEqual(CHILD_LIMITS.orphanMs);
  expect(limboMs).toBeGreaterThanOrEqual(TIME_LIMITS.silenceMs);
});
