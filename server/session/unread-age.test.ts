import { expect, test } from 'vitest';
import { UnreadAge } from './unread-age.js';

test('the oldest message that is not read says how long ago it left', () => {
  const unread = new UnreadAge();
  for (let ms = 0; ms < 100; ms += 20) unread.sent(100, ms * 5 + 100, ms);
  expect(unread.ms(500, 100)).toBe(100);
  expect(unread.ms(401, 100)).toBe(100);
  expect(unread.ms(400, 100)).toBe(80);
  expect(unread.ms(1, 130)).toBe(50);
  expect(unread.ms(0, 130)).toBe(0);
});

test('what leaves at once counts from its first message', () => {
  const unread = new UnreadAge();
  for (let ms = 0; ms < 9; ms++) unread.sent(10, 10 * (ms + 1), ms);
  expect(unread.ms(10, 20)).toBe(20);
  expect(unread.ms(0, 20)).toBe(0);
  unread.sent(10, 10, 30);
  expect(unread.ms(10, 35)).toBe(5);
});
