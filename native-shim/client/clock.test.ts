import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mappingOf } from './clock.js';

test('four stamps give the offset to within half the round trip, however the ways differ', () => {
  const us = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), us, us, us, (offsetUs, thereUs, backUs, answeringUs) => {
      const t2Us = 5e12 + thereUs + offsetUs;
      const t3Us = t2Us + answeringUs;
      const mapping = mappingOf({ t1Us: 5e12, t2Us, t3Us, t4Us: t3Us - offsetUs + backUs });
      expect(mapping.errorUs).toBe((thereUs + backUs) / 2);
      expect(Math.abs(mapping.offsetUs - offsetUs)).toBeLessThanOrEqual(mapping.errorUs);
    }),
  );
});

test('equal ways give it exactly', () => {
  expect(mappingOf({ t1Us: 100, t2Us: 1150, t3Us: 1160, t4Us: 210 })).toEqual({ offsetUs: 1000, errorUs: 50 });
});
