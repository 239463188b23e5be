import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BetterTries } from './better-tries.js';
import { SESSION_LIMITS } from './limits.js';

const { betterFirstMs, betterLongestMs, betterProvenMs } = SESSION_LIMITS;

let tries = 0;
let better: BetterTries;
beforeEach(() => {
  vi.useFakeTimers();
  tries = 0;
  better = new BetterTries(() => (tries += 1));
});
afterEach(() => {
  vi.useRealTimers();
});

test('tries at once, then after waits that double up to the longest', () => {
  better.start();
  expect(tries).toBe(1);
  for (let waitMs: number = betterFirstMs; waitMs < betterLongestMs * 4; waitMs *= 2) {
    const before = tries;
    better.failed();
    vi.advanceTimersByTime(Math.min(waitMs, betterLongestMs) - 1);
    expect(tries).toBe(before);
    vi.advanceTimersByTime(1);
    expect(tries).toBe(before + 1);
  }
});

test('what did not last is not tried again at once, what lasted soon', () => {
  better.start();
  better.failed();
  vi.advanceTimersByTime(betterFirstMs);
  better.got();
  better.start();
  vi.advanceTimersByTime(betterFirstMs);
  expect(tries).toBe(2);
  vi.advanceTimersByTime(betterFirstMs);
  expect(tries).toBe(3);
  better.got();
  vi.advanceTimersByTime(betterProvenMs + 1);
  better.start();
  vi.advanceTimersByTime(betterFirstMs);
  expect(tries).toBe(4);
});

test('stops when there is nothing to be better than', () => {
  better.start();
  better.failed();
  better.stop();
  vi.advanceTimersByTime(betterLongestMs);
  expect(tries).toBe(1);
});
