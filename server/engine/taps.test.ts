import { describe, expect, test } from 'vitest';
import type { FrameSpec } from '../device/output-driver.js';
import { frameBytesOf } from '../device/wav-header.js';
import { LOOK_AHEAD_FRAMES } from './limits.js';
import { largestStep, type Listening, MixerBench, sine, steady, toFloats } from './mixer.fixture.js';
import { SharedResamplers } from './resamplers.js';

const DEVICE = { format: 's16', rate: 48_000, channels: 2 } as const;
const FLOATS = { format: 'f32', rate: 48_000, channels: 2 } as const;

function heardBy({ reader }: Listening, spec: FrameSpec): Buffer {
  const into = Buffer.alloc(reader.available() * frameBytesOf(spec));
  reader.read(into);
  return into;
}

test('a monitor of the device’s own shape hears exactly what the device gets', () => {
  const bench = new MixerBench(DEVICE, 128);
  const tap = bench.listen(DEVICE);
  const lone = Buffer.alloc(128 * 20 * 4);
  for (let i = 0; i < lone.length; i += 2) lone.writeInt16LE((i * 7919) % 30_000, i);
  bench.play(DEVICE).writer.write(lone);
  const device = bench.render(20);
  expect(heardBy(tap, DEVICE).equals(device)).toBe(true);
});

test('a silent output delivers silence at the device’s pace', () => {
  const bench = new MixerBench(DEVICE, 128);
  const tap = bench.listen(FLOATS);
  bench.render(10);
  expect(tap.reader.available()).toBe(1280);
  expect(heardBy(tap, FLOATS).every((byte) => byte === 0)).toBe(true);
});

test('a monitor hears the output’s volume and mute', () => {
  const bench = new MixerBench(DEVICE, 128);
  bench.mixer.take({ kind: 'output-gain', gains: [0.5] });
  const tap = bench.listen(FLOATS);
  bench.play(FLOATS).writer.write(steady(1280, 2, 0.5));
  bench.render(8);
  const heard = toFloats(heardBy(tap, FLOATS), 'f32').slice(2 * LOOK_AHEAD_FRAMES);
  expect(new Set(heard)).toEqual(new Set([0.25]));
});

test.each([8000, 44_100, 96_000, 192_000])('a monitor at %i Hz hears the tone, at its own pace', (rate) => {
  const bench = new MixerBench({ ...FLOATS, channels: 1 }, 480);
  const spec = { format: 'f32', rate, channels: 1 } as const;
  const tap = bench.listen(spec);
  bench.play({ ...FLOATS, channels: 1 }).writer.write(sine(48_000, 1, 440, 48_000, 0.5));
  bench.render(50);
  const frames = tap.reader.available();
  expect(Math.abs(frames - rate / 2)).toBeLessThan(rate / 200);
  const heard = toFloats(heardBy(tap, spec), 'f32').slice(Math.round(rate / 20));
  expect(largestStep(heard, 1)).toBeLessThan((2 * Math.PI * 440 * 0.5 * 1.02) / rate);
  expect(Math.max(...heard)).toBeCloseTo(0.5, 2);
});

test('listeners who want the same share one conversion and hear the same; others get theirs', () => {
  const bench = new MixerBench(DEVICE, 128);
  const mono = { format: 's24', rate: 48_000, channels: 1 } as const;
  const [one, two, six] = [bench.listen(mono), bench.listen(mono), bench.listen({ ...FLOATS, channels: 6 })];
  bench.play(FLOATS).writer.write(sine(4096, 2, 440, 48_000, 0.5));
  bench.render(10);
  const first = heardBy(one, mono);
  expect(first.length).toBe(1280 * 3);
  expect(heardBy(two, mono).equals(first)).toBe(true);
  const surround = toFloats(heardBy(six, { ...FLOATS, channels: 6 }), 'f32');
  expect(surround.filter((_, i) => i % 6 >= 2).every((sample) => sample === 0)).toBe(true);
});

test('who leaves is acknowledged and written to no more; the others go on', () => {
  const bench = new MixerBench(DEVICE, 128);
  const [one, two] = [bench.listen(FLOATS), bench.listen(FLOATS)];
  bench.render(2);
  bench.mixer.take({ kind: 'detach', slot: one.slot });
  bench.render(2);
  expect(one.reading()).toMatchObject({ released: 1, frames: 256 });
  expect(two.reading()).toMatchObject({ released: 0, frames: 512 });
  expect(one.reader.available()).toBe(256);
});

test('the latency of a listener is what waits for it and the limiter’s look-ahead, in its own frames', () => {
  const bench = new MixerBench(DEVICE, 480);
  bench.deviceDelayFrames = 5000;
  const tap = bench.listen({ ...FLOATS, rate: 48_000 });
  bench.render(3);
  expect(tap.reading()).toMatchObject({ fillFrames: 1440, latencyFrames: 1440 + LOOK_AHEAD_FRAMES });
});

describe('mix-minus', () => {
  test('lacks its own client’s playback and has everybody else’s', () => {
    const bench = new MixerBench(FLOATS, 128);
    const minus = bench.listen(FLOATS, { client: 7, mixMinus: true });
    const whole = bench.listen(FLOATS, { client: 7 });
    bench.play(FLOATS, { client: 7 }).writer.write(sine(12_800, 2, 1000, 48_000, 0.4));
    bench.play(FLOATS, { client: 8 }).writer.write(sine(12_800, 2, 300, 48_000, 0.2));
    bench.render(100);
    const heard = toFloats(heardBy(minus, FLOATS), 'f32');
    const other = toFloats(sine(12_800, 2, 300, 48_000, 0.2), 'f32');
    for (const [i, sample] of heard.entries()) expect(Math.abs(sample - (other[i] ?? 0))).toBeLessThan(1e-6);
    expect(Math.max(...toFloats(heardBy(whole, FLOATS), 'f32'))).toBeGreaterThan(0.5);
  });

  test('is silent when only its own client plays', () => {
    const bench = new MixerBench(FLOATS, 128);
    const minus = bench.listen(FLOATS, { client: 7, mixMinus: true });
    bench.play(FLOATS, { client: 7 }).writer.write(steady(12_800, 2, 0.9));
    bench.render(100);
    expect(new Set(toFloats(heardBy(minus, FLOATS), 'f32'))).toEqual(new Set([0]));
  });

  test('follows the output’s fader without a click', () => {
    const mono = { ...FLOATS, channels: 1 };
    const bench = new MixerBench(mono, 128);
    const minus = bench.listen(mono, { client: 7, mixMinus: true });
    bench.play(mono, { client: 8 }).writer.write(steady(12_800, 1, 0.5));
    bench.render(4);
    bench.mixer.take({ kind: 'output-gain', gains: [0] });
    bench.render(10);
    expect(largestStep(toFloats(heardBy(minus, mono), 'f32'), 1, 1)).toBeLessThan(0.5 / 400);
  });

  test('shares no resampler with those who hear something else', () => {
    const bench = new MixerBench(FLOATS, 480);
    const shared = new SharedResamplers();
    const spec = { format: 'f32', rate: 44_100, channels: 2 } as const;
    const whole = bench.listen(spec, { resampler: shared.take(48_000, spec, 'mix') });
    const again = bench.listen(spec, { resampler: shared.take(48_000, spec, 'mix') });
    const minus = bench.listen(spec, { client: 7, mixMinus: true, resampler: shared.take(48_000, spec, 'minus 7') });
    bench.play(FLOATS, { client: 7 }).writer.write(steady(9600, 2, 0.5));
    bench.render(20);
    expect(new Set(toFloats(heardBy(minus, spec), 'f32'))).toEqual(new Set([0]));
    const heard = heardBy(whole, spec);
    expect(heardBy(again, spec).equals(heard)).toBe(true);
    expect(Math.abs(heard.length / 8 - 8820)).toBeLessThan(80);
    expect(toFloats(heard, 'f32').at(-1)).toBeCloseTo(0.5, 3);
  });
});
