import { expect, test } from 'vitest';
import { PACKETS_PER_SECOND, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND } from './limits.js';
import { Tally } from './tally.js';

const LIMITS = { perSecond: 1000, atOnce: 100 };

test('it may be overdrawn once, and is dry until that is paid back', () => {
  const tally = new Tally(LIMITS, 0);
  tally.spend(99);
  expect(tally.isDry(0)).toBe(false);
  tally.spend(501);
  expect(tally.isDry(0)).toBe(true);
  expect(tally.isDry(499)).toBe(true);
  expect(tally.isDry(501)).toBe(false);
});

test('what is not spent does not pile up', () => {
  const tally = new Tally(LIMITS, 0);
  expect(tally.isDry(60_000)).toBe(false);
  tally.spend(100);
  expect(tally.isDry(60_000)).toBe(true);
});

test('one that is a share of another is dry where the others took it all', () => {
  const whole = new Tally(LIMITS, 0);
  const [one, other] = [new Tally(LIMITS, 0, whole), new Tally(LIMITS, 0, whole)];
  one.spend(60);
  expect(other.isDry(0)).toBe(false);
  other.spend(60);
  expect(one.isDry(0)).toBe(true);
  expect(one.isDry(21)).toBe(false);
});

/** How many are given in a row at that moment. */
function taken(tally: Tally, nowMs: number): number {
  let count = 0;
  while (tally.take(nowMs)) count++;
  return count;
}

test.each([
  ['requests', REQUESTS_PER_SECOND, REQUESTS_AT_ONCE],
  ['packets', PACKETS_PER_SECOND, PACKETS_PER_SECOND],
])('%s: so many at once, so many a second for ever, and no more', (_, perSecond, atOnce) => {
  const tally = new Tally({ perSecond, atOnce }, 5000);
  expect(taken(tally, 5000)).toBe(atOnce);
  expect(taken(tally, 6000)).toBe(perSecond);
  expect(taken(tally, 6500)).toBe(perSecond / 2);
  expect(taken(tally, 1e9)).toBe(atOnce);
});

test('a sender at exactly its rate is never refused', () => {
  const tally = new Tally({ perSecond: REQUESTS_PER_SECOND, atOnce: 2 }, 0);
  for (let i = 0; i < 10_000; i++) expect(tally.take((i * 1000) / REQUESTS_PER_SECOND)).toBe(true);
});
