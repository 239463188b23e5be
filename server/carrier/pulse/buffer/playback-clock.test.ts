import { describe, expect, test } from 'vitest';
import { PlaybackClock, type PlaybackMoment } from './playback-clock.js';

const MS = 1e6;
/** s16 stereo at 48 kHz: 192 bytes a millisecond. */
const clock = () => new PlaybackClock(192_000);
const at = (moment: Partial<PlaybackMoment>): PlaybackMoment => ({
  readIndex: 19_200,
  staleBytes: 0,
  playing: true,
  timeNs: 1000 * MS,
  delayUs: 20_000,
  ...moment,
});

describe('the latency behind the queue', () => {
  test('shrinks while the sound moves on between two quanta', () => {
    const told = clock();
    expect(told.latencyUs(at({}), 1000 * MS)).toBe(20_000);
    expect(told.latencyUs(at({}), 1007 * MS)).toBe(13_000);
    expect(told.latencyUs(at({ readIndex: 19_200 + 1920, timeNs: 1010 * MS }), 1010 * MS)).toBe(20_000);
  });

  test('is never below zero, though the engine says nothing for long', () => {
    expect(clock().latencyUs(at({}), 5000 * MS)).toBe(0);
  });

  test('stands still while nothing plays', () => {
    expect(clock().latencyUs(at({ playing: false }), 1015 * MS)).toBe(20_000);
  });

  test('holds what is in the ring before the client’s own bytes', () => {
    expect(clock().latencyUs(at({ staleBytes: 1920 }), 1000 * MS)).toBe(30_000);
  });

  test('lets the place that is heard never go back, whatever the engine measures', () => {
    const told = clock();
    let heard = -Infinity;
    for (let ms = 0; ms < 2000; ms++) {
      const quantum = Math.floor(ms / 10);
      // A device whose delay is measured 4 ms off now and then, and an engine that is late.
      const delayUs = 20_000 + (quantum % 7) * 600;
      const timeNs = (1000 + quantum * 10 + (quantum % 3)) * MS;
      const readIndex = quantum * 1920;
      const latencyUs = told.latencyUs(at({ readIndex, timeNs, delayUs }), (1000 + ms) * MS);
      const now = (readIndex * 1e6) / 192_000 - latencyUs;
      expect(now).toBeGreaterThanOrEqual(heard - 1); // whole µs
      expect(latencyUs).toBeLessThan(40_000);
      heard = now;
    }
    expect(heard).toBeGreaterThan(1_900_000);
  });
});
