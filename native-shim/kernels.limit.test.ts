import { describe, expect, test } from 'vitest';
import { limiter, LIMITER_DELAY_FRAMES } from './kernels.js';
import type { Address } from './library.js';
import { at, blockOf, limitReference, randomFrom } from './kernels.fixture.js';

const RATE = 48_000;
const DELAY = LIMITER_DELAY_FRAMES;
const RELEASE = 1 - Math.exp(-1 / (0.1 * RATE));

function limiterOf(channels: number): Address {
  const made = limiter.create(channels, RATE);
  if (made === null) throw new Error('no limiter');
  return made;
}

/** Limits `samples` in spans of `frames()` each; the samples out, the gains told, and whether it ended idle. */
function run(samples: readonly number[], channels: number, frames: () => number) {
  const l = limiterOf(channels);
  const buffer = blockOf(samples);
  const total = samples.length / channels;
  const gains: number[] = [];
  for (let done = 0; done < total;) {
    const now = Math.min(frames(), total - done);
    gains.push(limiter.limit(l, buffer.address, done, now));
    done += now;
  }
  const idle = limiter.idle(l);
  limiter.free(l);
  return { out: [...buffer.floats], gains, idle };
}

/** `frames` frames of one channel at a constant level; gain is then what is read over what was written. */
const level = (frames: number, value: number): number[] => Array<number>(frames).fill(value);

describe.each([1, 2, 6])('%i channels', (channels) => {
  test('what is within full scale passes bit for bit, 32 frames later, in spans of any length', () => {
    const random = randomFrom(channels);
    const samples = Array.from({ length: 3001 * channels }, () => Math.fround(random() * 2 - 1));
    samples.splice(100 * channels, 4, 1, -1, -0, 1e-42);
    const { out, gains, idle } = run(samples, channels, () => 1 + Math.floor(random() ** 3 * 700));
    const silence = level(DELAY * channels, 0);
    const expected = Float32Array.from([...silence, ...samples.slice(0, -DELAY * channels)]);
    expect(out).toEqual([...expected]); // tells -0 from 0
    expect(gains.every((gain) => gain === 1)).toBe(true);
    expect(idle).toBe(1);
  });

  test('loud noise matches the reference and never passes full scale, in spans of any length', () => {
    const random = randomFrom(channels);
    const loudness = (frame: number): number => (frame % 1500 < 300 ? 8 : 0.9);
    const samples = Array.from({ length: 4000 * channels }, (_, i) =>
      Math.fround((random() * 2 - 1) * loudness(Math.floor(i / channels))),
    );
    const { out, gains, idle } = run(samples, channels, () => 1 + Math.floor(random() ** 3 * 700));
    expect(Math.max(...out.map(Math.abs))).toBeLessThanOrEqual(1);
    const frames = Array.from({ length: 4000 }, (_, i) => samples.slice(i * channels, (i + 1) * channels));
    const expected = limitReference(frames, DELAY, RELEASE).flat();
    const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - at(out, i + DELAY * channels))), 0);
    expect(worst).toBeLessThan(1e-4);
    expect(Math.min(...gains)).toBeLessThan(0.2);
    expect(idle).toBe(0);
  });
});

test('a burst is met and left without a step, and the gain is told', () => {
  const samples = [...level(1000, 0.5), ...level(1000, 4), ...level(2 * RATE, 0.5)];
  const { out, gains, idle } = run(samples, 1, () => 256);
  const gain = samples.slice(0, -DELAY).map((x, i) => at(out, i + DELAY) / x);
  const steps = gain.slice(1).map((g, i) => Math.abs(g - at(gain, i)));
  expect(Math.max(...steps)).toBeLessThan(0.75 / (DELAY + 1) + 1e-6);
  expect(at(gain, 1000 - DELAY - 1)).toBe(1);
  expect(at(gain, 1000)).toBeCloseTo(0.25, 6);
  expect(Math.min(...gains)).toBeCloseTo(0.25, 6);
  // A tenth of a second after the burst, all but 1/e of the loss is back.
  expect(at(gain, 2000 + 0.1 * RATE)).toBeCloseTo(1 - 0.75 / Math.E, 2);
  // And it does come to rest: bit for bit again.
  expect(gains.at(-1)).toBe(1);
  expect(idle).toBe(1);
  expect(out.at(-1)).toBe(0.5);
});

test('it is not idle, and does not pass as untouched, while a peak waits in the look-ahead', () => {
  const l = limiterOf(1);
  const buffer = blockOf([...level(15, 0.5), 2]);
  expect(limiter.limit(l, buffer.address, 0, 16)).toBeLessThan(1);
  expect(limiter.idle(l)).toBe(0);
  limiter.reset(l);
  expect(limiter.idle(l)).toBe(1);
  const silence = blockOf(level(64, 0));
  expect(limiter.limit(l, silence.address, 0, 64)).toBe(1);
  expect(silence.floats.every((x) => x === 0)).toBe(true);
  limiter.free(l);
});

test('one gain serves all channels, so that the image stays where it is', () => {
  const samples = Array.from({ length: 600 }, (_, i) => [i > 300 ? 3 : 0.5, 0.25]).flat();
  const { out } = run(samples, 2, () => 97);
  for (let frame = DELAY; frame < 600; frame++) {
    const [left, right] = [at(samples, 2 * (frame - DELAY)), at(samples, 2 * (frame - DELAY) + 1)];
    expect(at(out, 2 * frame) / left).toBeCloseTo(at(out, 2 * frame + 1) / right, 5);
  }
});

test('NaN and infinity do not get out, nor stay', () => {
  const samples = [...level(100, 0.5), NaN, Infinity, -Infinity, 3e38, ...level(2 * RATE, 0.5)];
  const { out, gains, idle } = run(samples, 1, () => 128);
  expect(out.every((x) => Math.abs(x) <= 1)).toBe(true);
  expect(gains.every(Number.isFinite)).toBe(true);
  expect(idle).toBe(1);
  expect(out.at(-1)).toBe(0.5);
});

test('nonsense gets no limiter', () => {
  expect(limiter.create(0, RATE)).toBeNull();
  expect(limiter.create(9, RATE)).toBeNull();
  expect(limiter.create(2, 0)).toBeNull();
});
