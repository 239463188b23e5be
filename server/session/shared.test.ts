import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Shared } from './shared.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('one key is one thing as long as somebody holds it, and a new one later', async () => {
  const shared = new Shared<{ n: number }>();
  const held = shared.of('held', () => ({ n: 1 }));
  shared.of('gone', () => ({ n: 1 }));
  await turn();
  collect();
  await turn();
  expect(shared.of('held', () => ({ n: 2 }))).toBe(held);
  expect(shared.of('gone', () => ({ n: 2 }))).toEqual({ n: 2 });
});
