import { expect, test } from 'vitest';
import { Budget } from './budget.js';
import { PACKETS_PER_SECOND, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND } from './limits.js';

/** How many are given in a row at that moment. */
function taken(budget: Budget, nowMs: number): number {
  let count = 0;
  while (budget.take(nowMs)) count++;
  return count;
}

test.each([
  ['requests', REQUESTS_PER_SECOND, REQUESTS_AT_ONCE],
  ['packets', PACKETS_PER_SECOND, PACKETS_PER_SECOND],
])('%s: so many at once, so many a second for ever, and no more', (_, perSecond, atOnce) => {
  const budget = new Budget(perSecond, atOnce, 5000);
  expect(taken(budget, 5000)).toBe(atOnce);
  expect(taken(budget, 6000)).toBe(perSecond);
  expect(taken(budget, 6500)).toBe(perSecond / 2);
  expect(taken(budget, 1e9)).toBe(atOnce);
});

test('a sender at exactly its rate is never refused', () => {
  const budget = new Budget(REQUESTS_PER_SECOND, 2, 0);
  for (let i = 0; i < 10_000; i++) expect(budget.take((i * 1000) / REQUESTS_PER_SECOND)).toBe(true);
});
