import { expect, test } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import type { Identity } from '../../session/port.js';
import { HTTP_LIMITS } from '../limits.js';
import { PlayerPlaces } from './player-places.js';

const holder = (id: string, role: 'owner' | 'listener' = 'listener'): Identity => ({
  pairing: { id, name: 'somebody', role },
});

/** Takes as many as are given, up to `count`. */
function takeAll(places: PlayerPlaces, identity: Identity, count: number): (() => void)[] {
  const taken = Array.from({ length: count }, () => places.take(identity));
  return taken.filter((place): place is () => void => !(place instanceof WeirError));
}

test('one signed address takes its share; who had it signed and others still get in', () => {
  const places = new PlayerPlaces();
  expect(takeAll(places, holder('a'), 500)).toHaveLength(HTTP_LIMITS.playersOfKey);
  expect(takeAll(places, holder('a', 'owner'), 1)).toHaveLength(1);
  expect(takeAll(places, { pid: 7, uid: 1000 }, 500)).toHaveLength(HTTP_LIMITS.players - HTTP_LIMITS.playersOfKey - 1);
});

test('all together are so many, and one that goes makes room for one', () => {
  const places = new PlayerPlaces();
  const taken = Array.from({ length: 9 }, (_, index) => takeAll(places, holder(`${index}`), 500)).flat();
  expect(taken).toHaveLength(HTTP_LIMITS.players);
  const [first] = taken;
  first?.();
  first?.();
  expect(takeAll(places, holder('late'), 500)).toHaveLength(1);
});
