import { expect, test } from 'vitest';
import { NETWORKS, simulateDrift } from './drift.fixture.js';

const MUSIC = { purpose: 'music', blockMs: 20 } as const;

test('a day at +300 ppm: nothing comes too late, and the ratio stays', { timeout: 120_000 }, () => {
  const day = simulateDrift({ ...MUSIC, network: NETWORKS['good Wi-Fi'], ppm: 300, hours: 24, seed: 1 });
  expect(day.latePackets).toBe(0);
  expect(day.worstLaterPpm).toBeLessThan(5);
  expect(day.delayMs).toBeLessThan(80);
});

test.each(['LAN', 'good Wi-Fi'] as const)('on %s it locks within 10 s and stays within 5 ppm', (name) => {
  for (const ppm of [300, -300]) {
    for (let seed = 1; seed <= 5; seed++) {
      const hour = simulateDrift({ ...MUSIC, blockMs: 10, network: NETWORKS[name], ppm, hours: 0.2, seed });
      expect(hour.latePackets).toBe(0);
      expect(hour.lockedS).toBeLessThan(10);
      expect(hour.worstPpm).toBeLessThan(5);
      expect(hour.largestStepPpm).toBeLessThan(50);
    }
  }
});

test('on bad Wi-Fi it takes a minute, and then holds too', () => {
  for (const ppm of [300, -300]) {
    const hours = simulateDrift({ ...MUSIC, network: NETWORKS['bad Wi-Fi'], ppm, hours: 2, seed: 3 });
    // One in a hundred may be, where waiting for it would cost more than latency that nobody hears.
    expect(hours.latePackets).toBeLessThan(0.008 * 2 * 3600 * 50);
    expect(hours.worstLaterPpm).toBeLessThan(10);
  }
});
