import { expect, test } from 'vitest';
import { varint } from '../quic/varint.js';
import { frame } from './frames.js';
import { TlvReader } from './tlv-reader.js';

const KEPT = 1;
const PASSED_OVER = 0x21;
const reader = (): TlvReader => new TlvReader((type) => (type === KEPT ? 10 : undefined));

test('values come whole, wherever the bytes are cut; what is not wanted is passed over', () => {
  const bytes = Buffer.concat([
    frame(KEPT, Buffer.from('first')),
    frame(PASSED_OVER, Buffer.alloc(5000)),
    frame(KEPT, Buffer.alloc(0)),
    frame(KEPT, Buffer.from('0123456789')),
  ]);
  for (const cutBytes of [1, 7, 100, bytes.length]) {
    const cut = reader();
    const got: string[] = [];
    for (let at = 0; at < bytes.length; at += cutBytes) {
      for (const tlv of cut.push(bytes.subarray(at, at + cutBytes))) {
        got.push(tlv === 'too long' ? tlv : Buffer.from(tlv.value).toString());
      }
    }
    expect(got).toEqual(['first', '', '0123456789']);
  }
});

test('a value past the limit ends it before it is kept', () => {
  expect([...reader().push(Buffer.concat([varint(KEPT), varint(11)]))]).toEqual(['too long']);
});

test('what is passed over may be longer than any memory', () => {
  const cut = reader();
  expect([...cut.push(Buffer.concat([varint(PASSED_OVER), varint(2 ** 50)]))]).toEqual([]);
  for (let i = 0; i < 100; i++) expect([...cut.push(Buffer.alloc(65_536))]).toEqual([]);
});
