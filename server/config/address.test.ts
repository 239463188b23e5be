import { describe, expect, test } from 'vitest';
import { addressKind, inUrl, plainAddress } from './address.js';

describe('an address', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.1.2', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['0.0.0.0', 'any'],
    ['::', 'any'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.7.7', 'private'],
    ['169.254.3.4', 'private'],
    ['100.100.1.1', 'private'],
    ['192.0.2.2', 'private'],
    ['::ffff:192.168.1.1', 'private'],
    ['fd00::2', 'private'],
    ['172.32.0.1', 'public'],
    ['100.128.0.1', 'public'],
    ['8.8.8.8', 'public'],
    ['2a00:1450::5', 'public'],
    ['fe80::1', 'scoped'],
    ['224.0.0.251', 'senseless'],
    ['255.255.255.255', 'senseless'],
    ['0.1.2.3', 'senseless'],
    ['ff02::fb', 'senseless'],
    ['fe80::1%eth0', 'senseless'],
    ['127.1', 'senseless'],
    ['localhost', 'senseless'],
    ['', 'senseless'],
  ])('%s is %s', (address, kind) => expect(addressKind(address)).toBe(kind));

  test('loses the mark of a socket for both families', () => {
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(plainAddress('::ffff:10.0.0.999')).toBe('::ffff:10.0.0.999');
    expect(plainAddress('fd00::2')).toBe('fd00::2');
  });

  test('stands in brackets in a URL where it is IPv6', () => {
    expect([inUrl('fd00::2'), inUrl('10.0.0.1'), inUrl('host.local')]).toEqual(['[fd00::2]', '10.0.0.1', 'host.local']);
  });
});
