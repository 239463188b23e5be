import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LoopDelay } from './loop-delay.js';

let delay: LoopDelay;
beforeEach(() => {
  delay = new LoopDelay();
});
afterEach(() => delay.close());

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test('before the first tick nothing was late', () => {
  expect(delay.read()).toEqual({ p50Us: 0, p999Us: 0 });
});

test('a turn of the loop that takes long is the worst lateness, not the usual one', async () => {
  await sleep(600);
  // Longer than one tick is apart from the next, so that one must fall into it.
  block(400);
  await sleep(600);
  const { p50Us, p999Us } = delay.read();
  expect(p999Us).toBeGreaterThan(200_000);
  expect(p50Us).toBeLessThan(100_000);
});
