import { afterEach, beforeEach, expect, test } from 'vitest';
import { FurnishedHouse, OWNER, SANDBOXED } from './house.fixture.js';
import { PLACES_TOGETHER } from './limits.js';
import type { Peer } from './port.js';

const SOMEBODY_ELSE: Peer = { ...OWNER, uid: 4711 };

let furnished: FurnishedHouse;

beforeEach(() => void (furnished = new FurnishedHouse('null')));
afterEach(() => furnished[Symbol.asyncDispose]());

/** Lets in whoever is meant until there is no place any more. */
function fill(peer: Peer): number {
  for (let guests = 0; ; guests++) {
    try {
      furnished.welcome(peer);
    } catch {
      return guests;
    }
  }
}

test('one user leaves places for the others', () => {
  const { clients } = furnished.house.limits;
  const places = Math.ceil(clients * PLACES_TOGETHER.user);
  expect(fill(SOMEBODY_ELSE)).toBe(places);
  expect(fill(OWNER)).toBe(clients - places);
});

test('what a user’s sandboxes hold in leaves places for him', () => {
  const { clients } = furnished.house.limits;
  const places = Math.ceil(clients * PLACES_TOGETHER.sandboxes);
  expect(fill(SANDBOXED)).toBe(places);
  expect(fill(OWNER)).toBe(Math.ceil(clients * PLACES_TOGETHER.user) - places);
});

test('who leaves gives his place back', () => {
  fill(OWNER);
  const [first] = furnished.house.reception.all;
  if (!first) throw new Error('nobody came in');
  furnished.house.reception.forget(first);
  furnished.house.reception.forget(first);
  expect(fill(OWNER)).toBe(1);
});
