import { describe, expect, test } from 'vitest';
import { LISTEN_LIMITS, RATE } from '../limits.js';
import { CaptureAge } from './capture-age.js';
import { FollowedLine } from '../followed-line.js';
import { ListenClock } from './listen-clock.js';

const PACKET = 240;
const SECOND_NS = 1e9;
const nsOf = (frame: number, rate = RATE): number => (frame / rate) * SECOND_NS;

describe('a line that is followed', () => {
  test('what an outage held up does not move it', () => {
    const line = new FollowedLine(RATE);
    for (let frame = 0; frame < 5 * RATE; frame += PACKET) line.note(frame, nsOf(frame));
    for (let frame = 5 * RATE; frame < 10 * RATE; frame += PACKET)
      expect(line.note(frame, nsOf(10 * RATE))).toBeCloseTo(nsOf(10 * RATE - frame) / 1e6, 0);
    expect(line.note(10 * RATE, nsOf(10 * RATE))).toBeLessThan(0.1);
    expect(line.timeNsOf(11 * RATE)).toBeCloseTo(11 * SECOND_NS, -5);
  });

  test('a clock that stood still has another line soon after', () => {
    const line = new FollowedLine(RATE);
    for (let frame = 0; frame < 5 * RATE; frame += PACKET) line.note(frame, nsOf(frame));
    for (let frame = 5 * RATE; frame < 6 * RATE; frame += PACKET) line.note(frame, nsOf(frame) + 7 * SECOND_NS);
    expect(line.timeNsOf(6 * RATE)).toBeCloseTo(13 * SECOND_NS, -5);
  });
});

describe('the two clocks joined', () => {
  test('says nothing before both were seen', () => {
    const clock = new ListenClock(RATE, 'talk', 'auto');
    clock.arrived(PACKET, PACKET, 0);
    expect(clock.schedule()).toBeUndefined();
    clock.asked(0, 0);
    expect(clock.schedule()).toBeDefined();
  });

  test('a context at another rate, and a stream that began elsewhere', () => {
    const contextRate = 44_100;
    const clock = new ListenClock(contextRate, 'talk', 'auto');
    const begin = 1_000_000;
    for (let ms = 0; ms < 2000; ms += 5) {
      clock.asked((ms * contextRate) / 1000, ms * 1e6);
      clock.arrived(begin + (ms * RATE) / 1000, PACKET, ms * 1e6);
    }
    const schedule = clock.schedule();
    expect(schedule?.rates).toBeCloseTo(1, 6);
    expect(schedule?.streamFrame).toBeCloseTo(begin + ((schedule?.contextFrame ?? 0) / contextRate) * RATE, 1);
  });

  test.each([
    [1, LISTEN_LIMITS.latencyMinMs],
    [50, 50],
    [1e9, LISTEN_LIMITS.latencyMaxMs],
  ])('a latency of %f ms that is asked for is held at %f', (askedMs, heldMs) => {
    const clock = new ListenClock(RATE, 'music', askedMs);
    clock.asked(0, 0);
    clock.arrived(PACKET, PACKET, 0);
    expect(clock.schedule()?.targetFrames).toBe((heldMs * RATE) / 1000);
  });

  test.each([50, -50])(
    'what the sender says of its capture tells the rates through any network, hosts %i ppm apart',
    (ppm) => {
      const clock = new ListenClock(RATE, 'music', 'auto');
      const host = 1 + ppm * 1e-6;
      // The sender's sound is 300 ppm slow by its own clock, and ours is slow by `ppm` against that.
      for (let n = 0; n < 1000; n++) {
        const sentNs = nsOf(n * PACKET) * (1 + 300e-6);
        clock.captured(n * PACKET, 7e9 + sentNs / 1e3, { skew: ppm * 1e-6, error: 1e-6 });
        clock.arrived((n + 1) * PACKET, PACKET, (sentNs + 20e6 * ((n * 0.618) % 1)) / host);
        clock.asked(n * PACKET, nsOf(n * PACKET));
      }
      expect(((clock.schedule()?.rates ?? 0) - 1) * 1e6).toBeCloseTo(ppm - 300, -0.3);
    },
  );

  test('the bursts in which the context asks are seen', () => {
    const clock = new ListenClock(RATE, 'talk', 'auto');
    for (let burst = 0; burst < 300; burst++)
      for (let i = 0; i < 4; i++) clock.asked(burst * 512 + i * 128, nsOf(burst * 512));
    expect(clock.burstMs).toBeCloseTo(nsOf(384) / 1e6, 0);
  });
});

test('sound is as old as its fastest packet', () => {
  const age = new CaptureAge();
  age.arrived(PACKET, 0);
  expect(age.leastUs).toBeUndefined();
  age.captured(0, 1000);
  age.arrived(PACKET, 1000 + 5000 + 2000);
  age.captured(PACKET, 6000);
  age.arrived(2 * PACKET, 11_000 + 9000);
  expect(age.leastUs).toBe(2000);
  age.reset();
  expect(age.leastUs).toBeUndefined();
});
