import { describe, expect, test } from 'vitest';
import { backOffMs } from './backoff.js';

describe('the wait before reconnecting', () => {
  test('is short after a loss, so that a restarted server is found within two seconds', () => {
    expect(backOffMs(0, 1) + backOffMs(1, 1) + backOffMs(2, 1)).toBeLessThan(2000);
  });

  test('grows with every attempt and stays bounded', () => {
    const waits = Array.from({ length: 40 }, (_, attempt) => backOffMs(attempt, 1));
    expect(waits.slice(0, 5)).toEqual([...waits.slice(0, 5)].sort((a, b) => a - b));
    expect(Math.max(...waits)).toBe(5000);
    expect(backOffMs(1e6, 1)).toBe(5000);
  });

  test('is spread over the upper half', () => {
    expect(backOffMs(3, 0)).toBeCloseTo(backOffMs(3, 1) / 2);
    expect(backOffMs(3, 0.5)).toBeCloseTo(backOffMs(3, 1) * 0.75);
  });
});
