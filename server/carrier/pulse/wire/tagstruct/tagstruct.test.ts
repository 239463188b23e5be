import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TEXT_LIMIT_BYTES } from '../limits.js';
import { TagReader } from './tag-reader.js';
import { TagWriter } from './tag-writer.js';

function written(write: (to: TagWriter) => void): Uint8Array {
  const to = new TagWriter(1); // so that it has to grow, again and again
  write(to);
  return to.written();
}

const hex = (write: (to: TagWriter) => void): string => Buffer.from(written(write)).toString('hex');
const read = <T>(data: string, get: (from: TagReader) => T): T => get(new TagReader(Buffer.from(data, 'hex')));

describe('values', () => {
  test('stand as PulseAudio writes them', () => {
    expect(hex((to) => to.u32(0xffff_ffff))).toBe('4cffffffff');
    expect(hex((to) => to.u8(255))).toBe('42ff');
    expect(hex((to) => to.u64(2 ** 52 + 1))).toBe('520010000000000001');
    expect(hex((to) => to.u64Max())).toBe('52ffffffffffffffff');
    expect(hex((to) => to.s64(-1))).toBe('72ffffffffffffffff');
    expect(hex((to) => to.s64(-(2 ** 32)))).toBe('72ffffffff00000000');
    expect(hex((to) => to.s64(176_400))).toBe('72000000000002b110');
    expect(hex((to) => to.bool(true))).toBe('31');
    expect(hex((to) => to.usec(80_000))).toBe('550000000000013880');
    expect(hex((to) => to.timeval(1_700_000_000_000_007))).toBe('546553f10000000007');
    expect(hex((to) => to.volume(0x1_0000))).toBe('5600010000');
    expect(hex((to) => to.string('é'))).toBe('74c3a900');
    expect(hex((to) => to.optionalString(undefined))).toBe('4e');
    expect(hex((to) => to.arbitrary(Uint8Array.of(1, 2)))).toBe('78000000020102');
  });

  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.maxSafeNat(), fc.uint8Array(), (s, i, n, b) => {
        const from = new TagReader(written((to) => (to.string(s), to.s64(i), to.usec(n), to.arbitrary(b), to.timeval(n % 2 ** 50))));
        expect(from.string(TEXT_LIMIT_BYTES)).toBe(Buffer.from(s.split('\0')[0] ?? '').toString());
        expect([from.s64(), from.usec()]).toEqual([i, n]);
        expect(Uint8Array.from(from.arbitrary())).toEqual(b);
        expect(from.timeval()).toBe(n % 2 ** 50);
        from.end();
      }),
    ); // prettier-ignore
  });

  test('a string that holds a NUL cannot smuggle in another value', () => {
    expect(hex((to) => to.string('name\0L\0\0\0\x01'))).toBe(hex((to) => to.string('name')));
  });
});

describe('what is wrong is refused', () => {
  test.each([
    ['a packet that ends within a value', '4c0000', (from: TagReader) => from.u32()],
    ['another tag', '4200', (from: TagReader) => from.u32()],
    ['no tag at all', '', (from: TagReader) => from.bool()],
    ['a boolean that is neither', '32', (from: TagReader) => from.bool()],
    ['a string without an end', '7461', (from: TagReader) => from.string(10)],
    ['a string that is not UTF-8', '74c300', (from: TagReader) => from.string(10)],
    ['bytes that are not there', '78ffffffff00', (from: TagReader) => from.arbitrary()],
    ['NULL where a string has to be', '4e', (from: TagReader) => from.string(10)],
    ['more at the end', '00', (from: TagReader) => from.end()],
  ])('%s', (_, data, get) => {
    expect(() => read(data, get)).toThrow(expect.objectContaining({ code: 'BAD_MESSAGE' }));
  });

  test('a string of the limit passes, a byte more does not', () => {
    const text = 'x'.repeat(TEXT_LIMIT_BYTES);
    const get = (value: string) => new TagReader(written((to) => to.string(value))).string(TEXT_LIMIT_BYTES);
    expect(get(text)).toBe(text);
    expect(() => get(`${text}x`)).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }));
  });
});

test('a writer that was large is small again when it is cleared, and what is dropped is its start', () => {
  const to = new TagWriter(16);
  to.raw(Buffer.from('abcdef'));
  to.drop(2);
  expect(Buffer.from(to.written()).toString()).toBe('cdef');
  to.raw(new Uint8Array(10_000));
  const { buffer } = to.written();
  to.clear(10_000);
  to.raw(Uint8Array.of(1));
  expect(to.written().buffer).not.toBe(buffer);
  expect(to.written().buffer.byteLength).toBe(16);
});
