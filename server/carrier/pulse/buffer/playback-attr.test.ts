import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../wire/numbers.js';
import { BRIDGE_US, QUEUE_BYTES_MAX, REQUEST_PACE_US } from './limits.js';
import { bytesOf, type PlaybackAttr, type PlaybackWish, requestBytes, settlePlayback, usOf } from './playback-attr.js';
import { settleRecord } from './record-attr.js';

/** s16, stereo, 44.1 kHz. */
const CD = { frameBytes: 4, bytesPerSecond: 176_400 };
const NO_WISH: PlaybackWish = {
  maxLength: NONE,
  tlength: NONE,
  prebuf: NONE,
  minreq: NONE,
  adjustLatency: false,
  earlyRequests: false,
};
const same = (us: number) => us;
const engine = (quantumBytes: number, lookAheadUs: number) => ({ quantumBytes: () => quantumBytes, lookAheadUs });

describe('what a playback stream gets for its wish', () => {
  test('is what PulseAudio answers to paplay --latency-msec=200', () => {
    const settled = settlePlayback({ ...NO_WISH, tlength: 35_280, adjustLatency: true }, CD, same);
    expect(settled).toEqual({
      maxLength: 4_194_304,
      tlength: 21_168,
      prebuf: 17_644,
      minreq: 3528,
      latencyUs: 80_000,
    });
  });

  test('is what it answers to a paplay that says nothing', () => {
    const settled = settlePlayback(NO_WISH, CD, same);
    expect(settled).toEqual({
      maxLength: 4_194_304,
      tlength: 352_800,
      prebuf: 349_276,
      minreq: 3528,
      latencyUs: 1_960_000,
    });
  });

  test('asks for the latency of a request where early ones are wanted', () => {
    const asked: number[] = [];
    settlePlayback({ ...NO_WISH, minreq: 1764, earlyRequests: true }, CD, (us) => asked.push(us) && us);
    expect(asked).toEqual([10_000]);
  });

  test('the engine’s look-ahead is part of a latency that the client set, and of no other', () => {
    const tlengthOf = (adjustLatency: boolean, lookAheadUs: number) =>
      settlePlayback({ ...NO_WISH, tlength: 35_280, adjustLatency }, CD, same, engine(0, lookAheadUs)).tlength;
    expect(tlengthOf(true, 0) - tlengthOf(true, 1000)).toBe(176);
    expect(tlengthOf(false, 1000)).toBe(tlengthOf(false, 0));
  });

  test('the look-ahead takes nothing of a queue that bridges little', () => {
    const tlengthOf = (lookAheadUs: number) =>
      settlePlayback({ ...NO_WISH, tlength: 882, adjustLatency: true }, CD, same, engine(0, lookAheadUs)).tlength;
    expect(tlengthOf(700)).toBe(tlengthOf(0));
  });

  test('a queue that bridges little is filled up to whole quanta, within what the client asked for', () => {
    const queueOf = (quantumBytes: number) =>
      settlePlayback({ ...NO_WISH, tlength: 880, adjustLatency: true }, CD, same, engine(quantumBytes, 700)).tlength;
    expect(queueOf(0)).toBe(664);
    expect(queueOf(236)).toBe(3 * 236);
    // Two of these, and the look-ahead, are more than was asked for.
    expect(queueOf(400)).toBe(664);
  });

  test('20 ms by quanta of 10.7 ms are heard after two quanta: no more is queued than one, and a request', () => {
    const rate = { frameBytes: 4, bytesPerSecond: 192_000 };
    const quantum = 512 * 4;
    const asked = { ...NO_WISH, tlength: 3840, adjustLatency: true };
    const { tlength, prebuf, minreq } = settlePlayback(asked, rate, same, engine(quantum, 667));
    expect(tlength).toBe(quantum + minreq);
    expect(tlength + bytesOf(667, rate)).toBeLessThan(2 * quantum);
    expect(prebuf).toBeGreaterThanOrEqual(quantum);
  });

  test('holds two requests beyond what the device takes at once', () => {
    const { tlength, minreq } = settlePlayback({ ...NO_WISH, tlength: 4, adjustLatency: true }, CD, () => 20_000);
    expect(tlength).toBe(3528 + 2 * minreq);
  });

  test('keeps a prebuf of 0', () => {
    expect(settlePlayback({ ...NO_WISH, prebuf: 0 }, CD, same).prebuf).toBe(0);
  });

  test('is sound for any four numbers', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, NONE, NONE - 1, 2 ** 31), fc.nat(10_000_000));
    const wish = fc.record({
      maxLength: word,
      tlength: word,
      prebuf: word,
      minreq: word,
      adjustLatency: fc.boolean(),
      earlyRequests: fc.boolean(),
    });
    fc.assert(
      fc.property(
        wish,
        fc.constantFrom(1, 4, 6, 32),
        fc.nat(3_000_000),
        fc.nat(4096),
        (asked, frameBytes, us, frames) => {
          const rate = { frameBytes, bytesPerSecond: frameBytes * 48_000 };
          const settled = settlePlayback(asked, rate, () => us, engine(frames * frameBytes, 667));
          const { maxLength, tlength, prebuf, minreq } = settled;
          for (const bytes of [maxLength, tlength, prebuf, minreq]) expect(bytes % frameBytes).toBe(0);
          expect(maxLength).toBeLessThanOrEqual(QUEUE_BYTES_MAX);
          expect(minreq).toBeGreaterThanOrEqual(frameBytes);
          expect(tlength).toBeGreaterThanOrEqual(Math.min(maxLength, minreq + Math.max(1, frames) * frameBytes));
          expect(tlength).toBeLessThanOrEqual(maxLength);
          expect(prebuf).toBeGreaterThanOrEqual(0);
          expect(prebuf).toBeLessThanOrEqual(tlength + frameBytes - minreq);
        },
      ),
    );
  });
});

describe('how much a client is asked for at once', () => {
  const attrOf = (tlengthUs: number, minreqUs: number): PlaybackAttr => {
    return { maxLength: QUEUE_BYTES_MAX, prebuf: 0, tlength: bytesOf(tlengthUs, CD), minreq: bytesOf(minreqUs, CD) };
  };
  const requestUs = (tlengthUs: number, minreqUs: number, quantumUs: number) =>
    usOf(requestBytes(attrOf(tlengthUs, minreqUs), CD, quantumUs), CD);

  test('is what the next quantum would leave too little without', () => {
    const us = requestUs(14_000, 2000, 2000);
    expect(14_000 - us - 2000).toBeGreaterThanOrEqual(BRIDGE_US - 100);
    expect(us).toBeGreaterThan(5900);
  });

  test('is never less than its minreq', () => {
    expect(requestUs(14_000, 5000, 10_000)).toBe(usOf(bytesOf(5000, CD), CD));
    expect(requestUs(2_000_000, 20_000, 10_000)).toBe(20_000);
  });

  test('is no more than its minreq, or a pace that costs little', () => {
    expect(requestUs(2_000_000, 100, 1000)).toBeLessThanOrEqual(REQUEST_PACE_US);
    expect(requestUs(2_000_000, 100, 1000)).toBeGreaterThan(REQUEST_PACE_US - 100);
  });
});

describe('what a record stream gets for its wish', () => {
  const wish = { maxLength: NONE, fragSize: NONE, adjustLatency: false, earlyRequests: false };

  test('fragments of 50 ms for parec --latency-msec=50', () => {
    const settled = settleRecord({ ...wish, fragSize: 8820, adjustLatency: true }, CD, (us) => us ?? 0);
    expect(settled).toEqual({ maxLength: 4_194_304, fragSize: 8820, eager: true, latencyUs: 50_000 });
  });

  test('no wish of the device without adjust_latency, and 2 s at once', () => {
    const settled = settleRecord(wish, CD, (us) => (us === undefined ? 10_000 : -1));
    expect(settled).toEqual({ maxLength: 4_194_304, fragSize: 352_800, eager: false, latencyUs: 10_000 });
  });

  test('one frame at the least, what may be queued at most', () => {
    expect(settleRecord({ ...wish, fragSize: 0 }, CD, () => 0).fragSize).toBe(4);
    expect(settleRecord({ ...wish, maxLength: 100, fragSize: NONE - 1 }, CD, () => 0).fragSize).toBe(100);
  });
});
