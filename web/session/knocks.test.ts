import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Knocks } from './knocks.js';
import { SESSION_LIMITS } from './limits.js';

const URL_OF_ANYBODY = new URL('http://weir.local/healthz');
const { knockMs, knocks: atOnce, knockGapMs, oftenMs, seldomMs } = SESSION_LIMITS;

/** The network: answers what was asked after it came back, and never what was asked before. */
const network = { isBack: false, asked: 0, open: new Set<AbortSignal>() };
let answers = 0;
let knocks: Knocks;

function ask(_url: URL, { signal }: { signal: AbortSignal }): Promise<Response> {
  network.asked++;
  network.open.add(signal);
  return new Promise<Response>((answer, fail) => {
    signal.addEventListener('abort', () => {
      network.open.delete(signal);
      fail(new Error('given up'));
    });
    if (network.isBack) setTimeout(() => answer(new Response()), 20);
  });
}

beforeEach(() => {
  Object.assign(network, { isBack: false, asked: 0, open: new Set() });
  answers = 0;
  vi.useFakeTimers();
  vi.stubGlobal('fetch', ask);
  knocks = new Knocks(URL_OF_ANYBODY, () => void answers++);
});

afterEach(() => {
  knocks.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('knocks a few at once, gives each up, and is told of the first answer alone', async () => {
  knocks.start(0);
  knocks.start(0);
  await vi.advanceTimersByTimeAsync(1000);
  expect(network.asked).toBe(1000 / knockGapMs + 1);
  expect(network.open.size).toBeLessThanOrEqual(Math.ceil(knockMs / knockGapMs));
  network.isBack = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect([answers, network.open.size]).toEqual([1, 0]);
});

test('where the way is long it waits longer, and no more wait at once than a browser lets', async () => {
  knocks.start(200_000);
  await vi.advanceTimersByTimeAsync(2000);
  expect(network.open.size).toBeLessThanOrEqual(atOnce);
  expect(network.open.size).toBeGreaterThan(knockMs / knockGapMs);
});

test('after a while in vain it knocks seldom, but on', async () => {
  knocks.start(0);
  await vi.advanceTimersByTimeAsync(oftenMs + seldomMs);
  const before = network.asked;
  await vi.advanceTimersByTimeAsync(10 * seldomMs);
  expect(network.asked - before).toBe(10);
  network.isBack = true;
  await vi.advanceTimersByTimeAsync(2 * seldomMs);
  expect(answers).toBe(1);
});

test('once stopped it asks nothing, and nobody is told', async () => {
  network.isBack = true;
  knocks.start(0);
  knocks.stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect([network.asked, answers]).toEqual([1, 0]);
});
