import { describe, expect, test } from 'vitest';
import { feed, newChannelMeter, scaleShare, settle } from './meter-ballistics.js';

describe('a meter', () => {
  test('rises at once and falls steadily', () => {
    const meter = newChannelMeter();
    feed(meter, 0.5, 0.1, 0);
    expect(meter.peakDb).toBeCloseTo(-6.02, 2);
    feed(meter, 0, 0, 33);
    settle(meter, 1000, 1033);
    expect(meter.peakDb).toBeCloseTo(-32.02, 2);
    settle(meter, 60_000, 61_033);
    expect(meter.peakDb).toBe(-120);
  });

  test('holds its peak, then lets go', () => {
    const meter = newChannelMeter();
    feed(meter, 1, 1, 0);
    settle(meter, 1000, 1000);
    expect(meter.holdDb).toBe(0);
    settle(meter, 600, 1600);
    expect(meter.holdDb).toBeLessThan(-10);
  });

  test('shows a clip for a while, and only a clip', () => {
    const meter = newChannelMeter();
    feed(meter, 0.99, 0.5, 0);
    expect(meter.clipUntilMs).toBe(0);
    feed(meter, 1, 0.5, 10);
    expect(meter.clipUntilMs).toBeGreaterThan(1000);
  });

  test('its RMS comes near the truth within a second, however often it is drawn', () => {
    for (const frameMs of [5, 16, 200]) {
      const meter = newChannelMeter();
      for (let at = 0; at < 2000; at += frameMs) {
        feed(meter, 0.7, 0.5, at);
        settle(meter, frameMs, at);
      }
      expect(meter.rmsDb).toBeCloseTo(-6.02, 1);
    }
  });

  test('without news it goes down', () => {
    const meter = newChannelMeter();
    for (let at = 0; at < 1000; at += 20) feed(meter, 0.5, 0.5, at);
    for (let at = 1000; at < 6000; at += 20) settle(meter, 20, at);
    expect(meter.rmsDb).toBeLessThan(-60);
    expect(meter.holdDb).toBeLessThan(-60);
  });
});

describe('the scale', () => {
  test('has its marks where the standard puts them, and never falls', () => {
    expect([-120, -70, -60, -20, -10, 0, 6].map(scaleShare)).toEqual([0, 0, 0.025, 0.5, 0.75, 1, 1]);
    const shares = Array.from({ length: 800 }, (_, i) => scaleShare(-75 + i / 10));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});
