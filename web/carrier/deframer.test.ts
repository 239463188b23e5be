import { expect, test } from 'vitest';
import { Deframer, framed } from './deframer.js';

const text = (message: Uint8Array | 'too long'): string =>
  message === 'too long' ? message : new TextDecoder().decode(message);

test('messages come whole, wherever the bytes are cut', () => {
  const messages = ['first', '', 'x'.repeat(5000), 'last'];
  const frames = messages.map((message) => framed(new TextEncoder().encode(message)));
  const bytes = new Uint8Array(frames.flatMap((frame) => [...frame]));
  for (const cutBytes of [1, 3, 1000, bytes.length]) {
    const deframer = new Deframer(5000);
    const got: string[] = [];
    for (let at = 0; at < bytes.length; at += cutBytes) {
      got.push(...[...deframer.push(bytes.subarray(at, at + cutBytes))].map(text));
    }
    expect(got).toEqual(messages);
  }
});

test('one that is too long ends it, before its bytes have come', () => {
  const header = framed(new Uint8Array(5001)).subarray(0, 4);
  expect([...new Deframer(5000).push(header)].map(text)).toEqual(['too long']);
});
