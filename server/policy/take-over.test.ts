import { expect, test } from 'vitest';
import { mayTakeOver } from './take-over.js';

const user = (uid: number) => ({ uid });
const browser = (id: string) => ({ pairing: { id } });

test.each([
  ['the same user', user(1000), user(1000), true],
  ['another user', user(1000), user(1001), false],
  ['root', user(0), user(1000), false],
  ['the same key', browser('a'), browser('a'), true],
  ['another key', browser('a'), browser('b'), false],
  ['signed addresses', browser(''), browser(''), false],
  ['a key and a user', browser('a'), user(1000), false],
  ['a user and a key', user(1000), browser('a'), false],
  ['somebody unknown', {}, {}, false],
])('%s', (_, taker, holder, may) => {
  expect(mayTakeOver(taker, holder)).toBe(may);
});
