import { expect, test } from 'vitest';
import { readVarint, varint } from './varint.js';

test('the examples of RFC 9000, A.1', () => {
  const examples: [string, number][] = [
    ['25', 37],
    ['7bbd', 15_293],
    ['9d7f3e7d', 494_878_333],
  ];
  for (const [hex, value] of examples) {
    expect(varint(value).toString('hex')).toBe(hex);
    expect(readVarint(Buffer.from(hex, 'hex'))).toEqual({ value, next: hex.length / 2 });
  }
  expect(readVarint(Buffer.from('4025', 'hex'))).toEqual({ value: 37, next: 2 });
});

test('every size and its neighbours come back', () => {
  for (const edge of [0, 2 ** 6, 2 ** 14, 2 ** 30, 2 ** 52]) {
    for (const value of [edge, edge + 1, Math.max(0, edge - 1)]) {
      const bytes = Buffer.concat([Buffer.of(9), varint(value), Buffer.of(9)]);
      expect(readVarint(bytes, 1)).toEqual({ value, next: bytes.length - 1 });
    }
  }
});

test('bytes that end too early are no number', () => {
  for (const hex of ['', '40', '800000', 'c0000000000000']) expect(readVarint(Buffer.from(hex, 'hex'))).toBeUndefined();
});
