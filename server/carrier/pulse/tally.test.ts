import { expect, test } from 'vitest';
import { Tally } from './tally.js';

test('it may be overdrawn once, and is dry until that is paid back', () => {
  const tally = new Tally(1000, 100, 0);
  tally.spend(99);
  expect(tally.isDry(0)).toBe(false);
  tally.spend(501);
  expect(tally.isDry(0)).toBe(true);
  expect(tally.isDry(499)).toBe(true);
  expect(tally.isDry(501)).toBe(false);
});

test('what is not spent does not pile up', () => {
  const tally = new Tally(1000, 100, 0);
  expect(tally.isDry(60_000)).toBe(false);
  tally.spend(100);
  expect(tally.isDry(60_000)).toBe(true);
});
