import { afterEach, expect, test } from 'vitest';
import { close, must, wakePair } from '../../../native-shim/sys.js';
import { Crowd } from './crowd.js';
import { CONNECTIONS_PER_PROCESS, STRANGERS_MAX } from './limits.js';

const open: number[] = [];
afterEach(() => {
  for (const fd of open.splice(0)) close(fd);
});

/** Both ends are this process's: it is its own peer. */
function socket(): number {
  const [ours, theirs] = must(wakePair());
  open.push(ours, theirs);
  return ours;
}

test('so many connections of one process may be silent, and each place is free once its holder is known or gone', () => {
  const crowd = new Crowd();
  const places = Array.from({ length: STRANGERS_MAX }, () => crowd.admit(socket()));
  expect(places.every(Boolean)).toBe(true);
  expect(crowd.admit(socket())).toBeUndefined();
  places[0]?.known();
  places[0]?.known();
  expect(crowd.admit(socket())).toBeDefined();
  expect(crowd.admit(socket())).toBeUndefined();
  places[1]?.leave();
  places[1]?.leave();
  expect(crowd.admit(socket())).toBeDefined();
  expect(crowd.admit(socket())).toBeUndefined();
});

test('one process has so many connections at most', () => {
  const crowd = new Crowd();
  for (let i = 0; i < CONNECTIONS_PER_PROCESS; i++) {
    const place = crowd.admit(socket());
    expect(place).toBeDefined();
    place?.known();
  }
  expect(crowd.admit(socket())).toBeUndefined();
});
