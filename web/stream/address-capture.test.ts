import { expect, test } from 'vitest';
import { localAddress } from './address-capture.js';

const PAGE = new URL('https://192.168.1.5:4790/');

test.each(['http://127.0.0.1:8000/stream.mp3', 'https://localhost/a.ogg', 'https://192.168.1.5:4790/listen/hall.ogg'])(
  '%s is of this machine, or of the page’s server',
  (address) => expect(localAddress(address, PAGE).href).toBe(address),
);

test.each([
  'http://127.0.0.1.example/x.mp3',
  'http://192.168.1.6/x.mp3',
  'https://192.168.1.5/x.mp3',
  'http://[::1]:8000/x.mp3',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'blob:http://127.0.0.1/9',
  'stream.mp3',
  '',
])('%j is refused', (address) => {
  expect(() => localAddress(address, PAGE)).toThrow(expect.objectContaining({ failure: expect.anything() }) as Error);
});
