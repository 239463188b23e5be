import { expect, test } from 'vitest';
import { LostPlaces } from './lost-places.js';

test('each place is there once, at its packet’s first frame', () => {
  const places = new LostPlaces();
  places.add(480, 3, 480);
  places.add(1920, 1, 480);
  expect(places.take(960)).toBe(true);
  expect([480, 960, 1000, 1440, 1440, 1920, 2400, 0].map((frame) => places.take(frame))).toEqual([
    true,
    false,
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
});

test('packets of another length have places of their own', () => {
  const places = new LostPlaces();
  places.add(0, 2, 480);
  places.add(960, 4, 240);
  expect([480, 960, 1200, 240].map((frame) => places.take(frame))).toEqual([true, true, true, false]);
});

test('a gap costs the same at any length: nothing is made for each packet', () => {
  const places = new LostPlaces();
  for (let from = 0; from < 2 ** 48; from += 2 ** 41) places.add(from, 2 ** 40, 1);
  expect(places.take(2 ** 47)).toBe(true);
  expect(places.take(2 ** 47)).toBe(false);
});

test('of more ranges than are kept the oldest is forgotten, however they came to be', () => {
  const apart = new LostPlaces();
  for (let n = 0; n < 65; n++) apart.add(n * 1000, 1, 480);
  expect([apart.take(0), apart.take(1000)]).toEqual([false, true]);

  const split = new LostPlaces();
  split.add(0, 1000, 1);
  for (let n = 1; n <= 64; n++) split.take(n * 10);
  expect([split.take(5), split.take(15)]).toEqual([false, true]);
});

test('a stream that begins anew has lost nothing', () => {
  const places = new LostPlaces();
  places.add(0, 2, 480);
  places.clear();
  expect(places.take(0)).toBe(false);
});
