import { randomFillSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type FrameSpec, SAMPLE_BYTES, type SampleFormat } from '../device/output-driver.js';
import { LOOK_AHEAD_FRAMES } from './limits.js';
import { MixerBench, steady, toFloats } from './mixer.fixture.js';

const FORMATS: readonly SampleFormat[] = ['s16', 's24', 's32', 'f32'];

function noise({ format, channels }: FrameSpec, frames: number): Buffer {
  const bytes = randomFillSync(Buffer.alloc(frames * channels * SAMPLE_BYTES[format]));
  // Random bits are hardly ever audio floats; random s32 values are.
  if (format !== 'f32') return bytes;
  const floats = new Float32Array(frames * channels);
  for (let i = 0; i < floats.length; i++) floats[i] = bytes.readInt32LE(i * 4) / 2 ** 31;
  return Buffer.from(floats.buffer);
}

/** At a quarter, so that the limiter has nothing to do when another is added. */
function quieter(sound: Buffer, format: SampleFormat): Buffer {
  const size = SAMPLE_BYTES[format];
  for (let i = 0; i < sound.length; i += size) {
    if (format === 'f32') sound.writeFloatLE(sound.readFloatLE(i) / 4, i);
    else sound.writeIntLE(sound.readIntLE(i, size) >> 2, i, size);
  }
  return sound;
}

const dropFrames = (bytes: Buffer, { format, channels }: FrameSpec, frames: number) =>
  bytes.subarray(frames * channels * SAMPLE_BYTES[format]);

describe.each(FORMATS)('a lone stream in the device’s own shape: %s', (format) => {
  test.each([1, 2, 6, 8])('arrives bit for bit, %i channels', (channels) => {
    const spec = { format, rate: 48_000, channels };
    const bench = new MixerBench(spec, 128);
    const sound = noise(spec, 5 * 128 + 77);
    const stream = bench.play(spec);
    expect(stream.writer.write(sound)).toBe(5 * 128 + 77);
    bench.mixer.take({ kind: 'drain', slot: stream.slot });
    const heard = dropFrames(bench.render(9), spec, LOOK_AHEAD_FRAMES);
    expect(heard.subarray(0, sound.length).equals(sound)).toBe(true);
    expect(heard.subarray(sound.length).every((byte) => byte === 0)).toBe(true);
  });

  test('also across a change of quantum, down to the look-ahead', () => {
    const spec = { format, rate: 48_000, channels: 2 };
    const bench = new MixerBench(spec, 256);
    const sound = noise(spec, 4096);
    bench.play(spec).writer.write(sound);
    const out: Buffer[] = [];
    for (const frames of [256, 64, 32, 512, 100]) {
      bench.mixer.take({ kind: 'quantum', frames });
      out.push(bench.render(3));
    }
    const heard = dropFrames(Buffer.concat(out), spec, LOOK_AHEAD_FRAMES);
    expect(heard.equals(sound.subarray(0, heard.length))).toBe(true);
  });

  test('before and after another stream joins and leaves; a muted one does not disturb', () => {
    const spec = { format, rate: 48_000, channels: 2 };
    const bench = new MixerBench(spec, 128);
    const sound = quieter(noise(spec, 128 * 64), format);
    bench.play(spec).writer.write(sound);
    bench.play(spec, { gain: 0 }).writer.write(noise(spec, 128 * 64));
    const other = bench.play({ format: 'f32', rate: 48_000, channels: 2 }, { startFrames: 128 });
    const out = [bench.render(8)];
    other.writer.write(steady(128 * 4, 2, 0.01));
    bench.mixer.take({ kind: 'drain', slot: other.slot });
    out.push(bench.render(16));
    const heard = dropFrames(Buffer.concat(out), spec, LOOK_AHEAD_FRAMES);
    const frameBytes = 2 * SAMPLE_BYTES[format];
    const same = (from: number, to: number) =>
      heard.subarray(from * frameBytes, to * frameBytes).equals(sound.subarray(from * frameBytes, to * frameBytes));
    expect(same(0, 8 * 128)).toBe(true);
    expect(same(8 * 128, 12 * 128)).toBe(false);
    expect(same(12 * 128, 24 * 128 - LOOK_AHEAD_FRAMES)).toBe(true);
    // In between the two are added, to within what a float and dither of the format resolve.
    const mixed = toFloats(heard.subarray(8 * 128 * frameBytes, 12 * 128 * frameBytes), format);
    const own = toFloats(sound.subarray(8 * 128 * frameBytes, 12 * 128 * frameBytes), format);
    for (const [i, sample] of mixed.entries()) expect(Math.abs(sample - (own[i] ?? 0) - 0.01)).toBeLessThan(1e-4);
  });
});

test('two full-scale streams stay at full scale and keep their sign', () => {
  for (const format of FORMATS) {
    const spec = { format, rate: 48_000, channels: 2 };
    const bench = new MixerBench(spec, 256);
    for (const level of [1, 1]) bench.play({ ...spec, format: 'f32' }).writer.write(steady(4096, 2, level));
    const heard = toFloats(bench.render(16), format).slice(2 * LOOK_AHEAD_FRAMES);
    for (const sample of heard) {
      expect(sample).toBeGreaterThan(0.4);
      expect(sample).toBeLessThanOrEqual(1);
    }
  }
});

test('dither is added only where sound was scaled or mixed', () => {
  const spec = { format: 's16', rate: 48_000, channels: 2 } as const;
  const levelOf = (gain: number) => {
    const bench = new MixerBench(spec, 128);
    const bytes = Buffer.alloc(128 * 32 * 4);
    for (let i = 0; i < bytes.length; i += 2) bytes.writeInt16LE(1000, i);
    bench.play(spec, { gain }).writer.write(bytes);
    const out = bench.render(30).subarray(4 * LOOK_AHEAD_FRAMES);
    return new Set(Array.from({ length: out.length / 2 }, (_, i) => out.readInt16LE(2 * i)));
  };
  expect(levelOf(1)).toEqual(new Set([1000]));
  const scaled = levelOf(0.5);
  expect(scaled.size).toBeGreaterThan(1);
  for (const value of scaled) expect(Math.abs(value - 500)).toBeLessThanOrEqual(1);
});

test('a hostile float stream cannot reach past its own sound', () => {
  const spec = { format: 'f32', rate: 48_000, channels: 2 } as const;
  const bench = new MixerBench(spec, 128);
  const wild = new Float32Array(4096 * 2).map((_, i) => [NaN, Infinity, -Infinity, 1e30, -1e-42][i % 5] ?? 0);
  bench.play(spec).writer.write(Buffer.from(wild.buffer));
  for (const sample of toFloats(bench.render(16), 'f32')) {
    expect(Number.isFinite(sample)).toBe(true);
    expect(Math.abs(sample)).toBeLessThanOrEqual(1);
  }
});
