import { describe, expect, test } from 'vitest';
import { RateLoop } from './rate-loop.js';

const QUANTUM_S = 0.01;
const CENT_PPM = 578;

/** A delay that the loop's ratio changes; `ppm` is the sender's clock against the device's. */
class Stream {
  delayS = 0.05;
  largestStepPpm = 0;
  largestPpm = 0;
  #speed = 1;

  constructor(
    readonly loop: RateLoop,
    readonly ppm: number,
    readonly haste = 1,
  ) {}

  /** Plays on; the ratio less the sender's clock at the end, in ppm. `noiseS` is added to what is measured. */
  run(seconds: number, targetS: number, noiseS: (n: number) => number = () => 0): number {
    const rates = 1 + this.ppm * 1e-6;
    for (let n = 0; n < seconds / QUANTUM_S; n++) {
      const speed = this.loop.update(this.delayS + noiseS(n), targetS, rates, QUANTUM_S, this.haste);
      this.largestStepPpm = Math.max(this.largestStepPpm, Math.abs(speed - this.#speed) * 1e6);
      this.largestPpm = Math.max(this.largestPpm, Math.abs(speed - rates) * 1e6);
      this.#speed = speed;
      this.delayS += (rates - speed) * QUANTUM_S;
    }
    return (this.#speed - rates) * 1e6;
  }
}

describe('the rate loop', () => {
  test.each([300, -300])('has the rate within a second at %i ppm, and holds the delay', (ppm) => {
    const stream = new Stream(new RateLoop(), ppm);
    expect(Math.abs(stream.run(1, 0.05))).toBeLessThan(100);
    expect(Math.abs(stream.run(9, 0.05))).toBeLessThan(1);
    stream.run(600, 0.05);
    expect(stream.delayS).toBeCloseTo(0.05, 4);
  });

  test.each([0.06, 0.04])('glides from 50 ms to %d s by at most 0.2 %, and stands there', (targetS) => {
    const stream = new Stream(new RateLoop(), 0);
    stream.run(10, 0.05);
    stream.run(4, targetS);
    expect(stream.loop.gliding).toBe(true);
    expect(Math.abs(stream.run(15, targetS))).toBeLessThan(1);
    expect(stream.loop.gliding).toBe(false);
    expect(stream.delayS).toBeCloseTo(targetS, 4);
    expect(stream.largestPpm).toBeLessThan(2001);
  });

  test('is faster where there is far to go, and never faster than 1 %', () => {
    const stream = new Stream(new RateLoop(), 0);
    stream.run(10, 0.05);
    stream.run(200, 0.5);
    expect(stream.delayS).toBeCloseTo(0.5, 3);
    expect(stream.largestPpm).toBeGreaterThan(3000);
    expect(stream.largestPpm).toBeLessThanOrEqual(10_002);
  });

  test('in haste is three times as fast, in steps that nobody hears', () => {
    const stream = new Stream(new RateLoop(), 0, 3);
    stream.run(10, 0.05);
    stream.run(5, 0.03);
    expect(stream.delayS).toBeCloseTo(0.03, 3);
    expect(stream.largestPpm).toBeLessThan(6010);
    expect(stream.largestStepPpm).toBeLessThan(CENT_PPM / 10);
  });

  test('no step of the pitch is near half a cent, whatever happens', () => {
    const stream = new Stream(new RateLoop(), 300);
    for (const [jumpS, targetS] of [
      [0, 0.05],
      [0.2, 0.05],
      [-0.1, 0.2],
      [0.001, 0.05],
    ] as const) {
      stream.delayS += jumpS;
      stream.run(7, targetS);
    }
    expect(stream.largestStepPpm).toBeLessThan(CENT_PPM / 20);
  });

  test('100 µs of noise in the line move the ratio by less than 5 ppm', () => {
    const stream = new Stream(new RateLoop(), 0);
    stream.run(20, 0.05);
    stream.largestPpm = 0;
    stream.run(60, 0.05, (n) => 100e-6 * Math.sin(n / 50));
    expect(stream.largestPpm).toBeLessThan(5);
  });

  test('sound that begins anew is held where it begins', () => {
    const stream = new Stream(new RateLoop(), 100);
    stream.run(20, 0.05);
    stream.loop.restart();
    stream.delayS = 0.08;
    stream.largestPpm = 0;
    stream.run(5, 0.08);
    expect(stream.largestPpm).toBeLessThan(5);
  });
});
