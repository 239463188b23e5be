import { describe, expect, test } from 'vitest';
import { Link } from './link.js';
import { seededRandom } from './random.js';
import { type Weather, WEATHER } from './weather.js';

const PACKETS = 20_000;
const INTERVAL_MS = 20;

function datagrams(weather: Weather, seed = 1) {
  const link = new Link(weather, seededRandom(seed));
  return Array.from({ length: PACKETS }, (_, i) =>
    link.datagram(300, i * INTERVAL_MS).map((at) => at - i * INTERVAL_MS),
  );
}

describe('a simulated network', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(datagrams(WEATHER.badWifi, 7)).toEqual(datagrams(WEATHER.badWifi, 7));
    expect(datagrams(WEATHER.badWifi, 7)).not.toEqual(datagrams(WEATHER.badWifi, 8));
  });

  test('loses and doubles as many datagrams as its weather says', () => {
    const sent = datagrams({ ...WEATHER.badWifi, duplicate: 0.02 });
    expect(sent.filter((arrivals) => arrivals.length === 0).length / PACKETS).toBeCloseTo(0.01, 2);
    expect(sent.filter((arrivals) => arrivals.length === 2).length / PACKETS).toBeCloseTo(0.02, 2);
  });

  test('is never faster than its delay, and spreads over twice its jitter', () => {
    const late = datagrams(WEATHER.badWifi).flat();
    expect(Math.min(...late)).toBeGreaterThanOrEqual(WEATHER.badWifi.delayMs);
    expect(Math.min(...late)).toBeLessThan(WEATHER.badWifi.delayMs + 2);
    expect(Math.max(...late)).toBeGreaterThan(WEATHER.badWifi.delayMs + 1.9 * WEATHER.badWifi.jitterMs);
  });

  test('keeps the order of a byte stream, whatever is lost', () => {
    const link = new Link(WEATHER.mobile, seededRandom(3));
    const arrivals = Array.from({ length: PACKETS }, (_, i) => link.segment(1448, i));
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
    expect(arrivals.every(Number.isFinite)).toBe(true);
  });

  test.each([
    [5, 'the word of what follows is back', 5 + 20 + 10],
    [100, 'two round trips, where nothing follows sooner', 2 * 20 + 10],
  ])('sends a lost piece of a byte stream again, %i ms before the next, after %s', (gapMs, _when, lateMs) => {
    let lost = false;
    const steady: Weather = { ...WEATHER.lan, rateKbit: 0, delayMs: 10, jitterMs: 0, loss: 0.01 };
    const link = new Link(steady, () => {
      const value = lost ? 0 : 0.5;
      lost = false;
      return value;
    });
    expect(link.segment(100, 1000)).toBe(1010);
    lost = true;
    expect(link.segment(100, 1000 + gapMs)).toBe(1000 + gapMs + lateMs);
  });

  test('passes no more than its rate', () => {
    const link = new Link({ ...WEATHER.lan, rateKbit: 1000 }, seededRandom(1));
    const last = Array.from({ length: 100 }, () => link.segment(1250, 0)).at(-1) ?? 0;
    expect(last).toBeGreaterThanOrEqual(1000);
    expect(last).toBeLessThan(1005);
  });
});
