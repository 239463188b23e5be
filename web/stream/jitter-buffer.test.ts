import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JitterBuffer } from './jitter-buffer.js';
import { LISTEN_LIMITS, RATE } from './limits.js';

const QUANTUM = 128;
const PACKET = 480;
const FADE = 128;
const { startTargetFrames, skipFrames, leastTargetFrames, mostTargetFrames, quietFrames, capacityFrames } =
  LISTEN_LIMITS;

/** Mono frames whose sample tells their position. */
const ramp = (frame: number, frames: number): Float32Array =>
  Float32Array.from({ length: frames }, (_, i) => (frame + i + 1) / 1e6);

const TONE_HZ = 440;
const tone = (frame: number, frames: number): Float32Array =>
  Float32Array.from({ length: frames }, (_, i) => Math.sin((2 * Math.PI * TONE_HZ * (frame + i)) / RATE));

function read(buffer: JitterBuffer, frames = QUANTUM): Float32Array {
  const output = new Float32Array(frames);
  buffer.read([output]);
  return output;
}

/** Packets come as fast as they are heard, `speed` times; returns what was heard. */
function run(buffer: JitterBuffer, frames: number, options: { from: number; speed?: number }): number[] {
  const heard: number[] = [];
  let sent = options.from;
  for (let at = 0; at < frames; at += QUANTUM) {
    while (sent - options.from < at * (options.speed ?? 1)) {
      buffer.write(sent, ramp(sent, PACKET));
      sent += PACKET;
    }
    heard.push(...read(buffer));
  }
  return heard;
}

function filled(): JitterBuffer {
  const buffer = new JitterBuffer(1);
  buffer.write(0, ramp(0, startTargetFrames));
  return buffer;
}

describe('the jitter buffer', () => {
  test('is silent until the target is there, then plays every frame once, unchanged after the fade-in', () => {
    const buffer = new JitterBuffer(1);
    buffer.write(0, ramp(0, startTargetFrames - 1));
    expect(read(buffer)).toEqual(new Float32Array(QUANTUM));
    expect(buffer.fillFrames).toBe(startTargetFrames - 1);
    buffer.write(startTargetFrames - 1, ramp(startTargetFrames - 1, 1));
    const first = read(buffer);
    expect(first[0]).toBe(0);
    expect([...read(buffer)]).toEqual([...ramp(FADE, QUANTUM)]);
    expect(buffer.counts).toEqual({ playedFrames: 2 * QUANTUM, underruns: 0, lostFrames: 0, skippedFrames: 0 });
  });

  test('is exact for as long as the clocks agree', () => {
    const buffer = filled();
    const heard = run(buffer, 48_000, { from: startTargetFrames });
    expect(heard.slice(FADE)).toEqual([...ramp(FADE, heard.length - FADE)]);
  });

  test('an underrun fades out, is counted once, raises the target and starts again when it is filled', () => {
    const buffer = filled();
    const heard = run(buffer, startTargetFrames + QUANTUM, { from: startTargetFrames, speed: 0 });
    expect(buffer.counts.underruns).toBe(1);
    expect(heard.at(-1)).toBe(0);
    const steps = heard.slice(FADE + 1).map((sample, i) => Math.abs(sample - (heard[FADE + i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(1e-4);
    for (let i = 0; i < 10; i++) read(buffer);
    expect(buffer.counts.underruns).toBe(1);
    expect(buffer.targetFrames).toBe(startTargetFrames + LISTEN_LIMITS.targetUpFrames);
    buffer.write(startTargetFrames, ramp(startTargetFrames, buffer.targetFrames));
    expect(read(buffer).some((sample) => sample > 0)).toBe(true);
  });

  test('the target never grows past its limit', () => {
    const buffer = new JitterBuffer(1);
    for (let frame = 0, i = 0; i < 60; i++, frame += mostTargetFrames) {
      buffer.write(frame, ramp(frame, mostTargetFrames));
      read(buffer, mostTargetFrames + QUANTUM);
    }
    expect(buffer.counts.underruns).toBe(60);
    expect(buffer.targetFrames).toBe(mostTargetFrames);
  });

  test('a quiet time lowers the target, down to its limit', () => {
    const buffer = filled();
    run(buffer, quietFrames + 48_000, { from: startTargetFrames });
    expect(buffer.targetFrames).toBe(startTargetFrames - LISTEN_LIMITS.targetDownFrames);
    run(buffer, quietFrames * 8, { from: startTargetFrames + Math.ceil((quietFrames + 48_000) / PACKET) * PACKET });
    expect(buffer.targetFrames).toBe(leastTargetFrames);
  });

  test.each([1.0005, 0.9995])('a sender whose clock runs %f times ours is followed without a loss', (speed) => {
    const buffer = new JitterBuffer(1);
    const heard: number[] = [];
    for (let sent = 0; heard.length < RATE * 60; heard.push(...read(buffer))) {
      for (; sent - startTargetFrames < heard.length * speed; sent += PACKET) buffer.write(sent, tone(sent, PACKET));
    }
    expect(buffer.counts).toMatchObject({ underruns: 0, lostFrames: 0, skippedFrames: 0 });
    // Any frame left out or doubled would be a step that the tone does not have.
    const steps = heard.slice(1).map((sample, i) => Math.abs(sample - (heard[i] ?? 0)));
    const steepest = (2 * Math.PI * TONE_HZ) / RATE;
    expect(steps.reduce((most, step) => Math.max(most, step), 0)).toBeLessThan(steepest * 1.004);
  });

  test('after a stall it goes to the live edge and counts what it left out', () => {
    const buffer = filled();
    read(buffer);
    buffer.write(startTargetFrames, ramp(startTargetFrames, skipFrames + 1000));
    read(buffer);
    expect(buffer.counts.skippedFrames).toBe(skipFrames + 1000 - QUANTUM);
    expect(buffer.fillFrames).toBe(startTargetFrames - QUANTUM);
  });

  test('a lost packet is silence of its length; one that came twice is heard once', () => {
    const buffer = filled();
    buffer.write(startTargetFrames + 240, ramp(startTargetFrames + 240, 240));
    buffer.write(startTargetFrames + 240, ramp(startTargetFrames + 240, 240));
    buffer.write(startTargetFrames + 360, ramp(startTargetFrames + 360, 240));
    expect(buffer.counts.lostFrames).toBe(240);
    const heard = Array.from(read(buffer, startTargetFrames + 240 + 360));
    expect(heard.slice(startTargetFrames, startTargetFrames + 240).every((sample) => sample === 0)).toBe(true);
    expect(heard.slice(startTargetFrames + 240)).toEqual([...ramp(startTargetFrames + 240, 360)]);
  });

  test('what does not fit is counted, never grows the buffer', () => {
    const buffer = new JitterBuffer(2);
    for (let i = 0; i < 4; i++) buffer.write(i * capacityFrames, new Float32Array(capacityFrames * 2));
    expect(buffer.fillFrames).toBe(capacityFrames);
    expect(buffer.counts.skippedFrames).toBe(3 * capacityFrames);
  });

  test('a new stream starts at any position', () => {
    const buffer = filled();
    buffer.reset();
    buffer.write(9_000_000, ramp(5, startTargetFrames));
    expect(buffer.counts.lostFrames).toBe(0);
    expect(buffer.fillFrames).toBe(startTargetFrames);
  });

  test('whatever comes, nothing but finite sound goes out and all frames are accounted for', () => {
    const event = fc.record({
      skip: fc.integer({ min: -2000, max: 20_000 }),
      frames: fc.integer({ min: 0, max: 6000 }),
      reads: fc.nat(60),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const buffer = new JitterBuffer(1);
        let frame = 5000;
        for (const { skip, frames, reads } of events) {
          frame += skip;
          buffer.write(Math.max(0, frame), ramp(Math.max(0, frame), frames));
          frame = Math.max(0, frame) + frames;
          for (let i = 0; i < reads; i++) expect(read(buffer).every(Number.isFinite)).toBe(true);
          expect(buffer.fillFrames).toBeLessThanOrEqual(capacityFrames);
        }
      }),
      { numRuns: 60 },
    );
  });
});
