import { describe, expect, test } from 'vitest';
import { ServerClock } from './clock.js';

describe('the server clock seen from here', () => {
  test('an even way gives the exact offset', () => {
    const clock = new ServerClock();
    // The server is 1 000 000 µs ahead, each way takes 300, it thinks for 50.
    clock.exchanged(100, 1_000_400, 1_000_450, 750);
    expect(clock.roundTripUs).toBe(600);
    expect(clock.toLocalUs(1_000_450)).toBe(450);
  });

  test('the exchange with the shortest way counts', () => {
    const clock = new ServerClock();
    clock.exchanged(0, 5_000_100, 5_000_100, 200);
    clock.exchanged(1000, 5_009_000, 5_009_000, 9_200);
    expect(clock.toLocalUs(5_000_000)).toBe(0);
  });

  test('an old exchange is forgotten: clocks drift', () => {
    const clock = new ServerClock();
    clock.exchanged(0, 10, 10, 20);
    for (let i = 0; i < 8; i++) clock.exchanged(0, 100, 100, 40);
    expect(clock.roundTripUs).toBe(40);
  });

  test('before the first exchange nothing is claimed', () => {
    expect(new ServerClock().toLocalUs(1)).toBeUndefined();
  });
});
