import { describe, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { parseDeviceSpec } from './device-spec.js';
import { openOutput } from './open-output.js';
import { WAIT_LIMIT_MS } from './output-driver.js';
import { LATE_LIMIT_QUANTA, Pacer } from './pacer.js';
import { prepareOutput } from './prepare-output.js';
import { Player } from './testing/player.js';

/** Time that passes only by sleeping, and by the delays that a test adds. */
class ManualClock {
  ns = 1e15;
  now = () => this.ns;
  sleepUntil = (ns: number) => {
    this.ns = Math.max(this.ns, ns);
  };
}

function turn(pacer: Pacer, frames: number): void {
  let readiness = pacer.wait();
  while (readiness === 'waiting') readiness = pacer.wait();
  pacer.advance(frames);
}

describe('the timeline', () => {
  test('is exact after a day of an awkward rate', () => {
    const clock = new ManualClock();
    const pacer = new Pacer(44_100, clock);
    const quantum = 441_000; // ten seconds at once, or this takes long
    pacer.setQuantum(quantum);
    const days = 8_640;
    for (let i = 0; i <= days; i++) turn(pacer, quantum);
    expect(clock.ns - 1e15).toBe(86_400e9);
    expect(pacer.xruns).toBe(0);
  });

  test('does not jump when the quantum changes', () => {
    const clock = new ManualClock();
    const pacer = new Pacer(48_000, clock);
    let frames = 0;
    for (const quantum of [512, 64, 4096, 441, 64, 1024]) {
      pacer.setQuantum(quantum);
      turn(pacer, quantum);
      expect(clock.ns - 1e15).toBeCloseTo((frames * 1e9) / 48_000, -1);
      frames += quantum;
    }
  });

  test('catches up with a small delay and loses no frame', () => {
    const clock = new ManualClock();
    const pacer = new Pacer(48_000, clock);
    pacer.setQuantum(480);
    for (let i = 0; i < 10; i++) turn(pacer, 480);
    clock.ns += LATE_LIMIT_QUANTA * 10e6;
    for (let i = 10; i < 100; i++) turn(pacer, 480);
    expect(clock.ns - 1e15).toBe(990e6);
    expect(pacer.xruns).toBe(0);
  });

  test('begins anew after a long delay, and counts it once', () => {
    const clock = new ManualClock();
    const pacer = new Pacer(48_000, clock);
    pacer.setQuantum(480);
    for (let i = 0; i < 10; i++) turn(pacer, 480);
    clock.ns += 5e9;
    const resumed = clock.ns;
    for (let i = 0; i < 11; i++) turn(pacer, 480);
    expect(pacer.xruns).toBe(1);
    expect(clock.ns).toBe(resumed + 100e6);
  });

  test('says how far it is ahead', () => {
    const clock = new ManualClock();
    const pacer = new Pacer(48_000, clock);
    expect(pacer.aheadFrames()).toBe(0);
    pacer.setQuantum(480);
    turn(pacer, 480);
    expect(pacer.aheadFrames()).toBe(480);
    clock.ns += 2.5e6;
    expect(pacer.aheadFrames()).toBe(360);
    clock.ns += 1e9;
    expect(pacer.aheadFrames()).toBe(0);
  });

  test('no wait is longer than the limit', () => {
    const clock = new ManualClock();
    const pacer = new Pacer(8_000, clock);
    pacer.setQuantum(4096); // 512 ms
    turn(pacer, 4096);
    const before = clock.ns;
    expect(pacer.wait()).toBe('waiting');
    expect(clock.ns - before).toBe(WAIT_LIMIT_MS * 1e6);
  });
});

test('a null output takes frames at the pace of the real clock', () => {
  const spec = parseDeviceSpec('null?rate=44100&channels=6&format=f32');
  if (spec instanceof WeirError) throw spec;
  const driver = openOutput(prepareOutput(spec).plan);
  if (driver instanceof WeirError) throw driver;
  expect(driver).toMatchObject({ rate: 44_100, channels: 6, format: 'f32' });
  const player = new Player(driver);
  const start = performance.now();
  player.play(441, 44_100, 10_000);
  const tookMs = performance.now() - start;
  // A hundred quanta, the first at once; late beyond catching up is possible here, early is not.
  expect(tookMs).toBeGreaterThan(988);
  expect(tookMs).toBeLessThan(3_000);
  expect(driver.delayFrames()).toBeLessThanOrEqual(441);
});
