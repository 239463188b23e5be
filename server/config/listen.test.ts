import { describe, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { parseListen } from './listen.js';

const codeOf = (text: string): string => {
  const parsed = parseListen(text);
  return parsed instanceof WeirError ? parsed.code : 'accepted';
};

describe('listen', () => {
  test.each([
    ['127.0.0.1:4790', '127.0.0.1', 4790],
    ['127.255.3.4:0', '127.255.3.4', 0],
    ['localhost:65535', '127.0.0.1', 65535],
    ['[::1]:80', '::1', 80],
    ['[0:0:0:0:0:0:0:1]:80', '::1', 80],
    ['0.0.0.0:4790', '0.0.0.0', 4790],
    ['[::]:4790', '::', 4790],
    ['192.168.1.2:4790', '192.168.1.2', 4790],
    ['[FD00:0::2]:1', 'fd00::2', 1],
    ['8.8.8.8:443', '8.8.8.8', 443],
  ])('%s is taken', (text, host, port) => expect(parseListen(text)).toEqual({ host, port }));

  test.each([
    '224.0.0.251:4790',
    '255.255.255.255:4790',
    '0.0.0.1:4790',
    '[ff02::1]:4790',
    '127.0.0.1.example.org:4790',
    '127.1:4790',
    '[::ffff:127.0.0.1]:4790',
    '[::ffff:192.168.1.1]:4790',
    '[fe80::1]:4790',
    'my-host:4790',
    'LOCALHOST.evil:1',
    'a b:1',
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
