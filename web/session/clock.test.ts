import { afterEach, describe, expect, test, vi } from 'vitest';
import { isClockFine, ServerClock } from './clock.js';

describe('the server clock seen from here', () => {
  test('an even way gives the exact offset', () => {
    const clock = new ServerClock();
    // The server is 1 000 000 µs ahead, each way takes 300, it thinks for 50.
    clock.exchanged({ t1Us: 100, t2Us: 1_000_400, t3Us: 1_000_450, t4Us: 750 });
    expect(clock.roundTripUs).toBe(600);
    expect(clock.toLocalUs(1_000_450)).toBe(450);
  });

  test('the exchange with the shortest way counts', () => {
    const clock = new ServerClock();
    clock.exchanged({ t1Us: 0, t2Us: 5_000_100, t3Us: 5_000_100, t4Us: 200 });
    clock.exchanged({ t1Us: 1000, t2Us: 5_009_000, t3Us: 5_009_000, t4Us: 9_200 });
    expect(clock.toLocalUs(5_000_000)).toBe(0);
  });

  test('an old exchange is forgotten: clocks drift', () => {
    const clock = new ServerClock();
    clock.exchanged({ t1Us: 0, t2Us: 10, t3Us: 10, t4Us: 20 });
    for (let i = 0; i < 8; i++) clock.exchanged({ t1Us: 0, t2Us: 100, t3Us: 100, t4Us: 40 });
    expect(clock.roundTripUs).toBe(40);
  });

  test('before the first exchange nothing is claimed', () => {
    expect(new ServerClock().toLocalUs(1)).toBeUndefined();
  });
});

describe('a clock to tell others by', () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([
    [0.005, true],
    [0.1, true],
    [1, false],
    [16.7, false],
  ])('in steps of %f ms: %s', (grainMs, fine) => {
    let looks = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => Math.floor((looks++ * 1e-3) / grainMs) * grainMs);
    expect(isClockFine()).toBe(fine);
  });

  test('one that stands still is none, and nobody waits for it', () => {
    vi.spyOn(performance, 'now').mockReturnValue(5);
    expect(isClockFine()).toBe(false);
  });
});
