import { describe, expect, test } from 'vitest';
import { ClientClock } from './client-clock.js';
import { CLOCK_EXCHANGES_KEPT, CLOCK_ROUND_TRIP_MAX_US } from './limits.js';

/** The client's clock is this much behind the server's. */
const OFFSET_US = 1_000_000;

/** One exchange that takes so long there and back; the client's clock says when it begins. */
function exchange(clock: ClientClock, atUs: number, thereUs: number, backUs: number): void {
  const t2 = atUs + OFFSET_US + thereUs;
  clock.note(atUs, t2, t2 + 50, 0);
  // The next ping says when the answer came; it is an exchange of its own that never ends.
  clock.note(0, 0, 0, atUs + thereUs + 50 + backUs);
}

describe('the clock of a client', () => {
  test('is not known before an exchange is whole', () => {
    const clock = new ClientClock();
    clock.note(5, 10, 12, 0);
    expect(clock.toServerUs(1000)).toBe(0);
    expect(clock.roundTripUs).toBeUndefined();
  });

  test('is taken from the fastest of the last exchanges', () => {
    const clock = new ClientClock();
    exchange(clock, 1000, 30_000, 2000);
    expect(clock.toServerUs(500)).toBe(500 + OFFSET_US + 14_000);
    exchange(clock, 2000, 400, 400);
    exchange(clock, 3000, 90_000, 500);
    expect(clock.roundTripUs).toBe(800);
    expect(clock.toServerUs(500)).toBe(500 + OFFSET_US);
    expect(clock.toServerUs(0)).toBe(0);
  });

  test('forgets an exchange after so many more, since clocks drift', () => {
    const clock = new ClientClock();
    exchange(clock, 1000, 100, 100);
    for (let i = 0; i < CLOCK_EXCHANGES_KEPT; i++) exchange(clock, 2000 + i, 1000, 1000);
    expect(clock.roundTripUs).toBe(2000);
  });

  test('a client that says what cannot be is not believed', () => {
    const clock = new ClientClock();
    exchange(clock, 1000, 100, -500);
    exchange(clock, 1000, 100, CLOCK_ROUND_TRIP_MAX_US);
    clock.note(1, 2, 3, 0);
    clock.note(1, 2, 3, NaN);
    clock.note(1, 2, 3, Infinity);
    expect(clock.roundTripUs).toBeUndefined();
  });
});
