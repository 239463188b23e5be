import { expect, test } from 'vitest';
import {
  CONNECTIONS_PER_ADDRESS,
  NETWORK_CONNECTIONS,
  NETWORK_STRANGERS_MAX,
  STRANGERS_PER_ADDRESS,
  TRIES_PER_MINUTE,
} from './limits.js';
import { NetworkCrowd } from './network-crowd.js';

/** Addresses that share nothing. */
const address = (number: number): string => `10.0.${number >> 8}.${number & 255}`;

test('so many connections of one address may be silent, and of all together', () => {
  const crowd = new NetworkCrowd();
  const places = Array.from({ length: STRANGERS_PER_ADDRESS }, () => crowd.admit(address(0)));
  expect(places.every(Boolean)).toBe(true);
  expect(crowd.admit(address(0))).toBeUndefined();
  places[0]?.known();
  expect(crowd.admit(address(0))).toBeDefined();
  for (let i = 0; i < NETWORK_STRANGERS_MAX - STRANGERS_PER_ADDRESS; i++)
    expect(crowd.admit(address(i + 1))).toBeDefined();
  expect(crowd.admit(address(1000))).toBeUndefined();
  for (const place of places) place?.leave();
  expect(crowd.admit(address(1000))).toBeDefined();
});

test('one address has so many connections at most, and all together', () => {
  const crowd = new NetworkCrowd();
  let admitted = 0;
  for (let machine = 0; machine < NETWORK_CONNECTIONS; machine++) {
    for (let i = 0; i <= CONNECTIONS_PER_ADDRESS; i++) {
      const place = crowd.admit(address(machine));
      place?.known();
      if (place) admitted++;
      if (i === CONNECTIONS_PER_ADDRESS) expect(place).toBeUndefined();
    }
  }
  expect(admitted).toBe(NETWORK_CONNECTIONS);
});

test('the addresses of one network of IPv6 count as one', () => {
  const crowd = new NetworkCrowd();
  for (let i = 0; i < STRANGERS_PER_ADDRESS; i++) expect(crowd.admit(`fd00:1:2:3::${i + 1}`)).toBeDefined();
  expect(crowd.admit('fd00:1:2:3:4:5:6:7')).toBeUndefined();
  expect(crowd.admit('fd00:1:2:4::1')).toBeDefined();
});

test('who comes and goes too often waits', () => {
  let nowMs = 0;
  const crowd = new NetworkCrowd(() => nowMs);
  for (let i = 0; i < TRIES_PER_MINUTE; i++) crowd.admit(address(0))?.leave();
  expect(crowd.admit(address(0))).toBeUndefined();
  expect(crowd.admit(address(1))).toBeDefined();
  nowMs += 60_000 / TRIES_PER_MINUTE;
  expect(crowd.admit(address(0))).toBeDefined();
});
