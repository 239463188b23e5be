import { describe, expect, test } from 'vitest';
import { ClockSkew } from './clock-skew.js';

const EXCHANGE_S = 0.4;
const SERVER_AHEAD_US = 7e12;

/** Repeatable and evenly spread over 0..1, in no order that an exchange's number would show. */
const spread = (n: number) => (n * 0.6180339887498949) % 1;

interface Span {
  readonly ppm: number;
  /** From when on, and for how long. */
  readonly fromS?: number;
  readonly seconds: number;
  /** Each way takes so long, and up to the jitter more. */
  readonly wayMs?: number;
  readonly jitterMs: number;
  /** By so much the asker's clock stood still before. */
  readonly sleptUs?: number;
}

/** Exchanges of an asker whose clock is slow by `ppm`. */
function exchange(clocks: ClockSkew, { ppm, fromS = 0, seconds, wayMs = 5, jitterMs, sleptUs = 0 }: Span): void {
  const own = (atS: number) => 5e9 + (atS * 1e6) / (1 + ppm * 1e-6) - sleptUs;
  for (let n = 0; n < seconds / EXCHANGE_S; n++) {
    const t1S = fromS + n * EXCHANGE_S;
    const t2S = t1S + (wayMs + jitterMs * spread(n)) / 1e3;
    const t4S = t2S + (wayMs + jitterMs * spread(3 * n + 1)) / 1e3;
    const serverUs = SERVER_AHEAD_US + t2S * 1e6;
    clocks.note({ t1Us: own(t1S), t2Us: serverUs, t3Us: serverUs, t4Us: own(t4S) });
  }
}

const offPpm = (clocks: ClockSkew, ppm: number) => Math.abs(clocks.skew.skew * 1e6 - ppm);

describe('the clocks of two hosts', () => {
  test('are thought to be alike until they were compared', () => {
    expect(new ClockSkew().skew.skew).toBe(0);
    expect(new ClockSkew().skew.error * 1e6).toBeCloseTo(29, 0);
  });

  test.each([50, -50, 0])(
    '%i ppm apart are known to 1 ppm after three minutes of 10 ms jitter, and how well',
    (ppm) => {
      const clocks = new ClockSkew();
      exchange(clocks, { ppm, seconds: 180, jitterMs: 10 });
      expect(offPpm(clocks, ppm)).toBeLessThan(1);
      expect(clocks.skew.error * 1e6).toBeLessThan(3);
      const early = clocks.skew.error;
      exchange(clocks, { ppm, fromS: 180, seconds: 420, jitterMs: 10 });
      expect(offPpm(clocks, ppm)).toBeLessThan(0.5);
      expect(clocks.skew.error).toBeLessThan(early / 3);
    },
  );

  test('that met before know each other at once', () => {
    const clocks = new ClockSkew({ skew: 37e-6, error: 3e-6 });
    expect(offPpm(clocks, 37)).toBeLessThan(0.5);
    exchange(clocks, { ppm: 38, seconds: 10, jitterMs: 20 });
    expect(offPpm(clocks, 38)).toBeLessThan(2);
    exchange(clocks, { ppm: 38, fromS: 10, seconds: 290, jitterMs: 20 });
    expect(offPpm(clocks, 38)).toBeLessThan(1);
  });

  test('are not held to what was known of them when one goes at another pace', () => {
    const clocks = new ClockSkew({ skew: 500e-6, error: 3e-6 });
    exchange(clocks, { ppm: -20, seconds: 60, jitterMs: 5 });
    expect(offPpm(clocks, -20)).toBeLessThan(3);
  });

  test('a way that has become longer, there and back, changes nothing', () => {
    const clocks = new ClockSkew();
    exchange(clocks, { ppm: 20, seconds: 300, jitterMs: 1 });
    exchange(clocks, { ppm: 20, fromS: 300, seconds: 120, wayMs: 45, jitterMs: 1 });
    expect(offPpm(clocks, 20)).toBeLessThan(2);
  });

  test.each([3600e6, -3600e6])(
    'a host that slept has a clock that goes on elsewhere (%d µs), and as fast',
    (sleptUs) => {
      const clocks = new ClockSkew();
      exchange(clocks, { ppm: -40, seconds: 300, jitterMs: 5 });
      exchange(clocks, { ppm: -40, fromS: 301, seconds: 60, jitterMs: 5, sleptUs });
      expect(offPpm(clocks, -40)).toBeLessThan(1);
    },
  );
});
