import { describe, expect, test } from 'vitest';
import { ADDRESSES_COUNTED } from './limits.js';
import { Tries } from './tries.js';

const PER_MINUTE = 5;

function spent(tries: Tries, address: string): number {
  let count = 0;
  while (tries.take(address)) count += 1;
  return count;
}

describe('tries', () => {
  test('of one address are counted apart from those of another, and come back with time', () => {
    let nowMs = 0;
    const tries = new Tries(PER_MINUTE, () => nowMs);
    expect(spent(tries, '192.168.1.5')).toBe(PER_MINUTE);
    expect(spent(tries, '192.168.1.6')).toBe(PER_MINUTE);
    nowMs += 60_000 / PER_MINUTE;
    expect(spent(tries, '192.168.1.5')).toBe(1);
  });

  test.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1', 0],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', PER_MINUTE],
    ['fe80::1%eth0', 'fe80::2%eth0', 0],
    ['2001:db8::1', '2001:db8:0:0:ffff::', 0],
    ['::1', '::ffff:127.0.0.1', PER_MINUTE],
  ])('of %s leave %s with %i: a network of IPv6 is one machine', (first, second, left) => {
    const tries = new Tries(PER_MINUTE, () => 0);
    spent(tries, first);
    expect(spent(tries, second)).toBe(left);
  });

  test('of more addresses than are counted: who tried longest ago is forgotten', () => {
    const tries = new Tries(PER_MINUTE, () => 0);
    spent(tries, 'first');
    spent(tries, 'second');
    for (let i = 0; i < ADDRESSES_COUNTED - 2; i += 1) tries.take(`10.0.${i >> 8}.${i & 255}`);
    expect(tries.take('first')).toBe(false);
    tries.take('one more');
    expect(tries.take('first')).toBe(false);
    expect(spent(tries, 'second')).toBe(PER_MINUTE);
  });
});
