import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapOfName, nameOfMap, usualMap } from '../wire/values/channel-map.js';
import { channelOrder, mapOfDevice } from './channel-order.js';

const orderOf = (names: string) => channelOrder(mapOfName(names) ?? []);

describe('a client’s channels', () => {
  test.each([
    ['mono'],
    ['front-left'],
    ['front-left,front-right'],
    ['front-left,front-right,front-center,lfe,rear-left,rear-right'],
    ['front-left,front-right,front-center,lfe,side-left,side-right'],
    ['aux0,aux1,aux2'],
  ])('%s are in our order', (names) => {
    expect(orderOf(names)).toBeUndefined();
  });

  test.each([
    ['front-right,front-left', [1, 0]],
    ['front-left,front-right,rear-left,rear-right,front-center,lfe', [0, 1, 4, 5, 2, 3]],
    ['lfe,front-left,front-right', [1, 2, 0]],
    ['rear-right,aux5,front-left,rear-left', [2, 1, 3, 0]],
  ])('%s are not', (names, order) => {
    expect([...(orderOf(names) ?? [])]).toEqual(order);
  });

  test('are each heard once, whatever they are called', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }), (map) => {
        const order = channelOrder(map) ?? Uint8Array.from(map.keys());
        expect([...order].sort()).toEqual([...map.keys()]);
      }),
    );
  });

  test('of a device have PulseAudio’s names, and are its own order', () => {
    expect(nameOfMap(mapOfDevice(1))).toBe('mono');
    expect(nameOfMap(mapOfDevice(6))).toBe('front-left,front-right,front-center,lfe,rear-left,rear-right');
    for (let channels = 1; channels <= 8; channels++) expect(channelOrder(mapOfDevice(channels))).toBeUndefined();
    expect(channelOrder(usualMap(8))).toBeDefined();
  });
});
