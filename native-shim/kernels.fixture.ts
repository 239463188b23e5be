import type { FORMAT_CODE } from './kernels.js';
import { type Address, viewOf } from './library.js';
import { mapPrivate, must } from './sys.js';

/** What the kernels are compared with: the same sums, one sample at a time and in double precision. */

export type Format = keyof typeof FORMAT_CODE;
export const FORMATS: readonly Format[] = ['s16', 's24', 's32', 'f32'];
export const SAMPLE_BYTES: Record<Format, number> = { s16: 2, s24: 3, s32: 4, f32: 4 };
/** Integer full scale, 2^(bits − 1). */
export const SCALE: Record<Exclude<Format, 'f32'>, number> = { s16: 2 ** 15, s24: 2 ** 23, s32: 2 ** 31 };
/** Around every SIMD width, and one beyond the kernels' chunks. */
export const LENGTHS: readonly number[] = [1, 2, 3, 7, 255, 257, 4095];

/** What a stranger's float may be at most (WEIR_BOUND), +24 dBFS. */
export const FLOAT_BOUND = 16;
/** How far a resampler's ratio may move from the nominal one, either way. */
export const RATIO_RANGE = 0.02;

/** Zeroed memory outside JavaScript's heap, for the length of the process. */
export interface Block {
  address: Address;
  bytes: Uint8Array;
  floats: Float32Array;
  view: DataView;
}

export function block(sizeBytes: number): Block {
  const address = must(mapPrivate(sizeBytes));
  const memory = viewOf(address, sizeBytes);
  return {
    address,
    bytes: new Uint8Array(memory),
    floats: new Float32Array(memory, 0, Math.floor(sizeBytes / 4)),
    view: new DataView(memory),
  };
}

export function blockOf(floats: readonly number[]): Block {
  const made = block(floats.length * 4);
  made.floats.set(floats);
  return made;
}

/** Element `i`, which the test knows to exist. */
export function at(values: ArrayLike<number>, i: number): number {
  const value = values[i];
  if (value === undefined) throw new RangeError(`no element ${i} of ${values.length}`);
  return value;
}

/** A repeatable random source in [0, 1) (a 32-bit linear congruential generator's upper bits). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function fillRandom(bytes: Uint8Array, random: () => number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
}

/** Sample `index` of packed samples, as a float, cleaned as a stranger's. */
export function decode(from: Block, format: Format, index: number): number {
  const offset = index * SAMPLE_BYTES[format];
  switch (format) {
    case 's16':
      return from.view.getInt16(offset, true) / SCALE.s16;
    case 's24':
      return (from.view.getUint16(offset, true) + from.view.getInt8(offset + 2) * 65536) / SCALE.s24;
    case 's32':
      return Math.fround(from.view.getInt32(offset, true)) / SCALE.s32;
    case 'f32': {
      const x = from.view.getFloat32(offset, true);
      return Number.isNaN(x) ? 0 : Math.max(-FLOAT_BOUND, Math.min(FLOAT_BOUND, x));
    }
  }
}

/** The integer that `x` becomes: nearest (halves to even), saturated, NaN as 0. */
export function encode(x: number, format: Exclude<Format, 'f32'>): number {
  const scale = SCALE[format];
  const y = Number.isNaN(x) ? 0 : Math.max(-scale, Math.min(scale - 1, x * scale));
  const down = Math.floor(y);
  const rest = y - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

export interface MixSpan {
  mix: Float64Array;
  mixChannels: number;
  samples: (frame: number, channel: number) => number;
  channels: number;
  frames: number;
  matrix: readonly number[] | null;
  gain: number;
  gainStep: number;
}

/** Adds to `span.mix`; the peak and the sum of squares of each source channel. */
export function mixReference(span: MixSpan): number[] {
  const meter = new Array<number>(2 * span.channels).fill(0);
  for (let frame = 0; frame < span.frames; frame++) {
    const gain = span.gain + frame * span.gainStep;
    for (let channel = 0; channel < span.channels; channel++) {
      const x = span.samples(frame, channel) * gain;
      meter[2 * channel] = Math.max(at(meter, 2 * channel), Math.abs(x));
      meter[2 * channel + 1] = at(meter, 2 * channel + 1) + x * x;
      for (let m = 0; m < span.mixChannels; m++) {
        const identity = m === channel ? 1 : 0;
        const level = span.matrix ? at(span.matrix, m * span.channels + channel) : identity;
        span.mix[frame * span.mixChannels + m] = at(span.mix, frame * span.mixChannels + m) + x * level;
      }
    }
  }
  return meter;
}

/** The limiter's definition, frame by frame: hold over the look-ahead, release, average. Output without the delay line's start. */
export function limitReference(input: readonly number[][], lookAhead: number, release: number): number[][] {
  const wanted = input.map((frame) => 1 / Math.max(1, ...frame.map(Math.abs)));
  const levels: number[] = [];
  let level = 1;
  wanted.forEach((_, i) => {
    const held = Math.min(...wanted.slice(Math.max(0, i - lookAhead), i + 1));
    level = Math.min(held, level + (1 - level) * release);
    levels.push(level);
  });
  return input.slice(0, input.length - lookAhead).map((frame, i) => {
    const window = levels.slice(i, i + lookAhead + 1);
    const gain = window.reduce((sum, value) => sum + value, 0) / window.length;
    return frame.map((x) => x * gain);
  });
}

/** Least-squares fit of a sine of `frequency` (cycles a sample): its level and the rest's, in dB. */
export function fitSine(samples: ArrayLike<number>, frequency: number): { amplitude: number; snrDb: number } {
  let [ss, sc, cc, ys, yc] = [0, 0, 0, 0, 0];
  const omega = 2 * Math.PI * frequency;
  for (let i = 0; i < samples.length; i++) {
    const [sine, cosine, y] = [Math.sin(omega * i), Math.cos(omega * i), at(samples, i)];
    ss += sine * sine;
    sc += sine * cosine;
    cc += cosine * cosine;
    ys += y * sine;
    yc += y * cosine;
  }
  const determinant = ss * cc - sc * sc;
  const [a, b] = [(ys * cc - yc * sc) / determinant, (yc * ss - ys * sc) / determinant];
  let [signal, rest] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const model = a * Math.sin(omega * i) + b * Math.cos(omega * i);
    signal += model ** 2;
    rest += (at(samples, i) - model) ** 2;
  }
  return { amplitude: Math.hypot(a, b), snrDb: 10 * Math.log10(signal / rest) };
}
