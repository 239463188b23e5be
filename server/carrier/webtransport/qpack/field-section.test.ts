import { describe, expect, test } from 'vitest';
import { SIZE_LIMITS } from '../limits.js';
import { decodeFields, encodeFields, type Field } from './field-section.js';
import { decodeHuffman } from './huffman.js';
import { STATIC_TABLE } from './static-table.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('Huffman code', () => {
  // RFC 7541, C.4 and C.6.
  test.each([
    ['f1e3 c2e5 f23a 6ba0 ab90 f4ff', 'www.example.com'],
    ['a8eb 1064 9cbf', 'no-cache'],
    ['25a8 49e9 5ba9 7d7f', 'custom-key'],
    ['25a8 49e9 5bb8 e8b4 bf', 'custom-value'],
    ['d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ])('%s is %s', (hex, text) => {
    expect(decodeHuffman(bytes(hex))).toBe(text);
  });

  test.each([
    ['padding of more than seven bits', 'a8eb 1064 9cbf ff'],
    ['padding that is not all ones', '00'],
    ['the end of string as a symbol', 'ffff ffff'],
  ])('%s is refused', (_what, hex) => {
    expect(decodeHuffman(bytes(hex))).toBeUndefined();
  });
});

describe('a field section', () => {
  test('of the static table and literals', () => {
    // RFC 9204, B.1: a literal with a name of the static table.
    expect(decodeFields(bytes('0000 510b 2f69 6e64 6578 2e68 746d 6c'))).toEqual([[':path', '/index.html']]);
    expect(decodeFields(bytes('0000 d1 c1'))).toEqual([
      [':method', 'GET'],
      [':path', '/'],
    ]);
  });

  test('comes back as it was', () => {
    const fields: Field[] = [
      [':status', '200'],
      ['sec-webtransport-http3-draft', 'draft02'],
      ['x', 'y'.repeat(500)],
    ];
    expect(decodeFields(encodeFields(fields))).toEqual(fields);
    for (const [name, value] of STATIC_TABLE)
      expect(decodeFields(encodeFields([[name, value]]))).toEqual([[name, value]]);
    expect(STATIC_TABLE).toHaveLength(99);
  });

  test.each([
    ['nothing', ''],
    ['a dynamic table', '0200 80'],
    ['an index past the static table', '0000 ff 24'],
    ['an index that does not end', '0000 ff ffff ffff'],
    ['a post-base index', '0000 10'],
    ['a name that is cut', '0000 27 05 61'],
    ['a value that is cut', '0000 51 0b 2f'],
    ['a length beyond all', '0000 51 7f ffff ffff ffff ffff ffff 7f'],
  ])('%s is refused', (_what, hex) => {
    expect(decodeFields(bytes(hex))).toBeUndefined();
  });

  test('past the limits is refused', () => {
    const many = Array.from({ length: SIZE_LIMITS.headerFields + 1 }, (): Field => ['x', 'y']);
    expect(decodeFields(encodeFields(many))).toBeUndefined();
    expect(decodeFields(encodeFields(many.slice(1)))).toHaveLength(SIZE_LIMITS.headerFields);
    expect(decodeFields(encodeFields([['x', 'y'.repeat(SIZE_LIMITS.headerBytes)]]))).toBeUndefined();
  });
});
