import { describe, expect, test } from 'vitest';
import { ArrivalDelays, JITTER_LIMIT_MS } from './arrival-delays.js';

const INTERVAL_MS = 10;

class Feed {
  nowMs = 1000;

  constructor(readonly delays: ArrivalDelays) {}

  /** So many seconds of packets, each as late as `delayMs` says. */
  run(seconds: number, delayMs: (n: number) => number): number {
    for (let n = 0; n < (seconds * 1000) / INTERVAL_MS; n++) {
      this.nowMs += INTERVAL_MS;
      this.delays.note(delayMs(n), this.nowMs);
    }
    return this.delays.targetMs;
  }
}

const even = (most: number) => (n: number) => (n * 0.6180339887498949 * most) % most;

describe.each(['talk', 'music'] as const)('the target for %s', (purpose) => {
  test('stands at a guess before anything is known', () => {
    expect(new ArrivalDelays(purpose).targetMs).toBeGreaterThan(0);
  });

  test('holds what the network needs, with little more', () => {
    const feed = new Feed(new ArrivalDelays(purpose));
    const targetMs = feed.run(300, even(20));
    expect(targetMs).toBeGreaterThanOrEqual(20);
    expect(targetMs).toBeLessThan(30);
  });

  test('grows at once and sinks late', () => {
    const feed = new Feed(new ArrivalDelays(purpose));
    const before = feed.run(300, even(5));
    const grown = feed.run(1, () => 60);
    expect(grown).toBeGreaterThan(60);
    expect(feed.run(2, even(5))).toBe(grown);
    expect(feed.run(2000, even(5))).toBe(before);
  });

  test('stays where it is on a steady network', () => {
    const feed = new Feed(new ArrivalDelays(purpose));
    const targetMs = feed.run(300, even(7));
    for (let i = 0; i < 50; i++) expect(feed.run(10, even(7))).toBe(targetMs);
  });

  test('an outage is no jitter', () => {
    const feed = new Feed(new ArrivalDelays(purpose));
    const before = feed.run(30, even(5));
    expect(feed.run(5, () => JITTER_LIMIT_MS)).toBe(before);
  });
});

test('music waits for the last of its packets as long as that is cheap', () => {
  const last = (ms: number) => (n: number) => (n % 1000 === 0 ? ms : 2);
  expect(new Feed(new ArrivalDelays('music')).run(600, last(20))).toBeGreaterThan(20);
  expect(new Feed(new ArrivalDelays('music')).run(600, last(90))).toBeLessThan(40);
});

test('one packet in a hundred that is late: talk lets it go, music waits for it', () => {
  const rare = (n: number) => (n % 100 === 0 ? 40 : 2);
  const talk = new Feed(new ArrivalDelays('talk')).run(600, rare);
  const music = new Feed(new ArrivalDelays('music')).run(600, rare);
  expect(talk).toBeLessThan(10);
  expect(music).toBeGreaterThan(40);
});

test('talk waits for what is rare as long as that costs little, and for some seconds only', () => {
  const steady = new Feed(new ArrivalDelays('talk')).run(60, () => 2);
  const feed = new Feed(new ArrivalDelays('talk'));
  expect(feed.run(60, (n) => (n % 200 === 0 ? 4 : 2))).toBe(steady + 1);
  const most = feed.run(60, (n) => (n % 200 === 0 ? 40 : 2));
  expect(most).toBeGreaterThan(steady + 3);
  expect(most).toBeLessThanOrEqual(steady + 4);
  expect(feed.run(60, () => 2)).toBe(steady);
});

test('another network begins with the old target, and learns anew', () => {
  const feed = new Feed(new ArrivalDelays('talk'));
  const before = feed.run(60, even(50));
  feed.delays.reset();
  expect(feed.delays.targetMs).toBe(before);
  expect(feed.run(60, even(5))).toBeLessThan(10);
});

test.each(['talk', 'music'] as const)('a sender that is later from now on needs no more for it: %s', (purpose) => {
  const feed = new Feed(new ArrivalDelays(purpose));
  const before = feed.run(300, even(8));
  const grown = feed.run(3, (n) => 20 + even(8)(n));
  expect(grown).toBeGreaterThan(before + 15);
  feed.delays.lift(20);
  expect(feed.delays.targetMs).toBeCloseTo(grown - 20, 6);
  expect(feed.run(1, even(8))).toBeLessThan(before + 3);
  expect(feed.run(1, () => 60)).toBeGreaterThan(60);
});
