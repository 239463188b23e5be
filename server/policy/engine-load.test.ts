import { describe, expect, test } from 'vitest';
import { CLIENT_LIMIT_US, costUs, type Load, OUTPUT_LIMIT_US, refuseLoad } from './engine-load.js';

const plain: Load = { client: 1, channels: 2, rate: 48_000 };
const dear: Load = { client: 1, channels: 8, rate: 192_000 };
const many = (load: Load, count: number, clients: number) =>
  Array.from({ length: count }, (_, i) => ({ ...load, client: i % clients }));

describe('engine load', () => {
  test('a thousand plain streams fit', () => {
    expect(refuseLoad(many(plain, 1023, 16), plain, 48_000)).toBeUndefined();
  });

  test('one client leaves something to the others', () => {
    const most = Math.floor(CLIENT_LIMIT_US / costUs(dear, 48_000));
    expect(refuseLoad(many(dear, most - 1, 1), { ...dear, client: 0 }, 48_000)).toBeUndefined();
    expect(refuseLoad(many(dear, most, 1), { ...dear, client: 0 }, 48_000)?.code).toBe('TOO_MANY_STREAMS');
    expect(refuseLoad(many(dear, most, 1), { ...plain, client: 5 }, 48_000)).toBeUndefined();
  });

  test('all together take what their thread can mix', () => {
    const most = Math.floor(OUTPUT_LIMIT_US / costUs(dear, 48_000));
    expect(refuseLoad(many(dear, most, 8), { ...dear, client: 9 }, 48_000)?.code).toBe('TOO_MANY_STREAMS');
  });
});
