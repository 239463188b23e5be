import { describe, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { listenUrl, parseListen } from './listen.js';

const codeOf = (text: string): string => {
  const parsed = parseListen(text);
  return parsed instanceof WeirError ? parsed.code : 'accepted';
};

describe('listen', () => {
  test.each([
    ['127.0.0.1:4790', '127.0.0.1', 4790, 'http://127.0.0.1:4790'],
    ['127.255.3.4:0', '127.255.3.4', 0, 'http://127.255.3.4:0'],
    ['localhost:65535', '127.0.0.1', 65535, 'http://127.0.0.1:65535'],
    ['[::1]:80', '::1', 80, 'http://[::1]:80'],
    ['[0:0:0:0:0:0:0:1]:80', '::1', 80, 'http://[::1]:80'],
  ])('%s is loopback', (text, host, port, url) => {
    const parsed = parseListen(text);
    expect(parsed).toEqual({ host, port });
    if (!(parsed instanceof WeirError)) expect(listenUrl(parsed)).toBe(url);
  });

  test.each([
    '0.0.0.0:4790',
    '[::]:4790',
    '192.168.1.2:4790',
    '127.0.0.1.example.org:4790',
    '127.1:4790',
    '[::ffff:127.0.0.1]:4790',
    '[fe80::1]:4790',
    'my-host:4790',
    'LOCALHOST.evil:1',
  ])('%s is refused', (text) => expect(codeOf(text)).toBe('LISTEN_REFUSED'));

  test.each([
    '',
    '4790',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '::1:4790',
    '127.0.0.1:80 ',
    ':80',
    'a b:c',
  ])('"%s" is no address', (text) => expect(codeOf(text)).toBe('CONFIG_INVALID'));
});
