import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exchangeOf, LastExchanges } from './clock-exchange.js';

test('four stamps give the offset to within half the round trip, however the ways differ', () => {
  const us = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), us, us, us, (clocksApartUs, thereUs, backUs, answeringUs) => {
      const t2Us = 5e12 + thereUs + clocksApartUs;
      const t3Us = t2Us + answeringUs;
      const { roundTripUs, offsetUs } = exchangeOf({ t1Us: 5e12, t2Us, t3Us, t4Us: t3Us - clocksApartUs + backUs });
      expect(roundTripUs).toBe(thereUs + backUs);
      expect(Math.abs(offsetUs - clocksApartUs)).toBeLessThanOrEqual(roundTripUs / 2);
    }),
  );
});

test('equal ways give it exactly', () => {
  expect(exchangeOf({ t1Us: 100, t2Us: 1150, t3Us: 1160, t4Us: 210 })).toEqual({ offsetUs: 1000, roundTripUs: 100 });
});

test('of the last exchanges the shortest is believed, and one before them is forgotten', () => {
  const exchanges = new LastExchanges(2);
  expect(exchanges.best).toBeUndefined();
  for (const roundTripUs of [10, 40, 30]) exchanges.note({ roundTripUs, offsetUs: 0 });
  expect(exchanges.best?.roundTripUs).toBe(30);
});
