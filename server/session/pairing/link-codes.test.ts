import { beforeEach, describe, expect, test } from 'vitest';
import { CODE_BYTES, CODE_LIFE_MS, CODES_MAX } from './limits.js';
import { LinkCodes } from './link-codes.js';

let nowMs = 0;
let codes: LinkCodes;
beforeEach(() => {
  nowMs = 1000;
  codes = new LinkCodes(() => nowMs);
});

describe('a link code', () => {
  test('is good once', () => {
    const code = codes.issue('owner');
    expect(codes.take(code)).toBe('owner');
    expect(codes.take(code)).toBeUndefined();
  });

  test('has 128 random bits, fit for an address', () => {
    const all = new Set(Array.from({ length: 200 }, () => codes.issue('owner')));
    expect(all.size).toBe(200);
    for (const code of all) {
      expect(code).toMatch(/^[\w-]{22}$/);
      expect(Buffer.from(code, 'base64url')).toHaveLength(CODE_BYTES);
    }
  });

  test('is good for ten minutes, to the millisecond', () => {
    const [early, late] = [codes.issue('owner'), codes.issue('owner')];
    nowMs += CODE_LIFE_MS - 1;
    expect(codes.take(early)).toBe('owner');
    nowMs += 1;
    expect(codes.take(late)).toBeUndefined();
  });

  test('goes when more wait than may', () => {
    const all = Array.from({ length: CODES_MAX + 1 }, () => codes.issue('owner'));
    expect(all.map((code) => codes.take(code))).toEqual([undefined, ...Array(CODES_MAX).fill('owner')]);
  });

  test.each(['', 'A', 'constructor', '\0', 'ü'.repeat(22), 'x'.repeat(100_000)])('%j is none', (guess) => {
    codes.issue('owner');
    expect(codes.take(guess)).toBeUndefined();
  });

  test('one letter off is none, and uses nothing up', () => {
    const code = codes.issue('owner');
    expect(codes.take(`${code}A`)).toBeUndefined();
    expect(codes.take(code.slice(1))).toBeUndefined();
    expect(codes.take(code)).toBe('owner');
  });
});
