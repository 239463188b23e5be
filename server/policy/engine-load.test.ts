import { describe, expect, test } from 'vitest';
import { CLIENT_LIMIT_US, EngineLoad, OUTPUT_LIMIT_US, streamCostUs } from './engine-load.js';

const PLAIN_US = streamCostUs(2, 48_000, 48_000);
const DEAR_US = streamCostUs(8, 192_000, 48_000);

/** How many such streams fit, dealt out to so many clients. */
function fill(costUs: number, clients: number): { load: EngineLoad; fit: number } {
  const load = new EngineLoad();
  let fit = 0;
  for (; !load.refusal(fit % clients, costUs); fit++) load.charge(fit % clients, costUs);
  return { load, fit };
}

describe('engine load', () => {
  test('a thousand plain streams fit', () => {
    expect(fill(PLAIN_US, 16).fit).toBeGreaterThan(1024);
  });

  test('one client leaves something to the others', () => {
    const { load, fit } = fill(DEAR_US, 1);
    expect(fit).toBe(Math.floor(CLIENT_LIMIT_US / DEAR_US));
    expect(load.refusal(0, DEAR_US)?.code).toBe('TOO_MANY_STREAMS');
    expect(load.refusal(1, DEAR_US)).toBeUndefined();
  });

  test('all together take what their thread can mix, and what ends makes room', () => {
    const { load, fit } = fill(DEAR_US, 8);
    expect(fit).toBe(Math.floor(OUTPUT_LIMIT_US / DEAR_US));
    expect(load.refusal(9, DEAR_US)?.code).toBe('TOO_MANY_STREAMS');
    load.release(0, DEAR_US);
    expect(load.refusal(9, DEAR_US)).toBeUndefined();
  });
});
