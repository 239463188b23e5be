import { expect, test } from 'vitest';
import { CONNECTION_LIMITS } from '../limits.js';
import { ConnectionPlaces, type Place } from './connection-places.js';

const { all, perAddress, strangers, strangersPerAddress } = CONNECTION_LIMITS;

function take(places: ConnectionPlaces, address: string, count: number, isKnown: boolean): Place[] {
  const taken: Place[] = [];
  for (let i = 0; i < count; i++) {
    const place = places.take(address);
    if (!place) break;
    if (isKnown) place.known();
    taken.push(place);
  }
  return taken;
}

test('strangers of an address, and of all, have few places', () => {
  const places = new ConnectionPlaces();
  expect(take(places, 'a', 1000, false)).toHaveLength(strangersPerAddress);
  for (let i = 0; i < 10; i++) take(places, `b${i}`, 5, false);
  expect(places.take('c')).toBeUndefined();
  expect(strangers).toBeLessThan(all);
});

test('members have more, of an address and in all', () => {
  const places = new ConnectionPlaces();
  expect(take(places, 'a', 1000, true)).toHaveLength(perAddress);
  let taken = perAddress;
  for (let i = 0; i < 10; i++) taken += take(places, `b${i}`, 30, true).length;
  expect(taken).toBe(all);
});

test('what is freed can be taken again, and freeing twice frees once', () => {
  const places = new ConnectionPlaces();
  const [first, second] = take(places, 'a', strangersPerAddress, false);
  first?.free();
  first?.free();
  second?.known();
  second?.known();
  expect(take(places, 'a', 1000, false)).toHaveLength(2);
});

test('one machine with a network of IPv6 addresses is one stranger', () => {
  const places = new ConnectionPlaces();
  const taken = Array.from({ length: 40 }, (_, index) => places.take(`fd00:1:2:3::${(index + 1).toString(16)}`));
  expect(taken.filter(Boolean)).toHaveLength(strangersPerAddress);
  expect(places.take('fd00:1:2:4::1')).toBeDefined();
});
