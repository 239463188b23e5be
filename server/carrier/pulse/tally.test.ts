import { expect, test } from 'vitest';
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
