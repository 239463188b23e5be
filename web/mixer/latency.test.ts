import { describe, expect, test } from 'vitest';
import type { HopsState, JitterState } from '../session/mixer-state.js';
import { driftWords, hopsOfListening, hopsOfStream, latencyUsOf, msWords, networkFigures } from './latency.js';

const hops: HopsState = { captureUs: 10_000, networkUs: 2_000, jitterUs: 12_500, mixUs: 4_000, deviceUs: 5_000 };
const jitter: JitterState = {
  targetUs: 14_000,
  packets: 900,
  latePackets: 3,
  lostPackets: 1,
  concealedFrames: 960,
  skippedFrames: 4800,
  driftPpm: -41.26,
};

describe('where the time goes', () => {
  test('of a live stream: from the microphone to the loudspeaker', () => {
    const live = { hops, jitter, latencyUs: 21_500 };
    expect(hopsOfStream(live).map(({ name }) => name)).toEqual([
      'Capture',
      'Network',
      'Jitter buffer',
      'Mix',
      'Device',
    ]);
    expect(latencyUsOf(live)).toBe(33_500);
  });

  test('of a file: from its ring on, and the parts are the whole', () => {
    const file = { hops: { ...hops, captureUs: 0, networkUs: 0, jitterUs: 0 }, jitter: undefined, latencyUs: 209_000 };
    expect(hopsOfStream(file)).toEqual([
      { name: 'Buffer', ms: 200 },
      { name: 'Mix', ms: 4 },
      { name: 'Device', ms: 5 },
    ]);
    expect(latencyUsOf(file)).toBe(209_000);
  });

  test('is not told of a live stream before it is measured', () => {
    expect(latencyUsOf({ hops, jitter, latencyUs: 0 })).toBe(0);
  });

  test('of listening', () => {
    const heard = hopsOfListening({ serverMs: 4, networkMs: 1, jitterMs: 20, workletMs: 5, deviceMs: 10 });
    expect(heard.reduce((sum, { ms }) => sum + ms, 0)).toBe(40);
    expect(heard.map(({ name }) => name)).toEqual(['Server', 'Network', 'Jitter buffer', 'Browser', 'Device']);
  });
});

describe('in words', () => {
  test.each([
    [undefined, '–'],
    [0, '0.0 ms'],
    [3.44, '3.4 ms'],
    [33.5, '34 ms'],
  ])('%s ms: %s', (ms, words) => expect(msWords(ms)).toBe(words));

  test.each([
    [12.34, '+12.3 ppm'],
    [-41.26, '−41.3 ppm'],
    [0.01, '0.0 ppm'],
    [-0.01, '0.0 ppm'],
  ])('a drift of %f: %s', (ppm, words) => expect(driftWords(ppm)).toBe(words));

  test('what the network did', () => {
    expect(networkFigures(jitter, 48_000)).toEqual([
      ['Packets late', '3'],
      ['Packets lost', '1'],
      ['Made up', '20 ms'],
      ['Skipped', '100 ms'],
      ['Clock drift', '−41.3 ppm'],
    ]);
  });
});
