import { type Address, shim } from './library.js';

/**
 * The DSP kernels of c/kernels.h. Frames are interleaved and little endian; float full scale is ±1; memory is named by
 * its address, and a moving position by an offset in frames beside it, so that no BigInt is made per quantum.
 * Nothing here checks bounds: the caller owns the memory and has checked channels (1–8), format and length.
 *
 * Pointers are `void *` taking a BigInt: measured per call of the widest kernel (12 arguments), that is 118 ns against
 * 160 ns for `uintptr_t` and 134 ns for `uint64_t` with a plain number.
 */

/** A format as the kernels know it. */
export const FORMAT_CODE = { s16: 0, s24: 1, s32: 2, f32: 3 } as const;
export type FormatCode = (typeof FORMAT_CODE)[keyof typeof FORMAT_CODE];

/** Frames by which the limiter delays, always (WEIR_LOOKAHEAD). */
export const LIMITER_DELAY_FRAMES = 32;
/** Output frames of one pull at most (WEIR_PULL_FRAMES). */
export const PULL_FRAMES_MAX = 4096;

/** Any sample format to float. A float source is freed of NaN and bounded to ±16; s16 and s24 are exact. */
export const toFloat: (
  dst: Address,
  dstOffset: number,
  src: Address,
  srcOffset: number,
  format: FormatCode,
  channels: number,
  frames: number,
) => void = shim.func(
  'void weir_to_float(void *dst, int dstOffset, void *src, int srcOffset, int format, int channels, int frames)',
);

/**
 * Float to any format: rounded to nearest, saturated, NaN as silence; f32 is copied as it is.
 * `dither`: address of a u32 generator state for ±1 LSB triangular noise (s16 and s24 only), or null for none.
 */
export const fromFloat: (
  dst: Address,
  dstOffset: number,
  src: Address,
  srcOffset: number,
  format: FormatCode,
  channels: number,
  frames: number,
  dither: Address | null,
) => void = shim.func(
  'void weir_from_float(void *dst, int dstOffset, void *src, int srcOffset, int format, int channels, int frames, void *dither)',
);

/** Formats of other protocols, and the one of ours that holds each: no bit is lost on the way in. */
export const FOREIGN_CODE = {
  u8: 0,
  aLaw: 1,
  uLaw: 2,
  s16le: 3,
  s16be: 4,
  float32le: 5,
  float32be: 6,
  s32le: 7,
  s32be: 8,
  s24le: 9,
  s24be: 10,
  's24-32le': 11,
  's24-32be': 12,
} as const;
export type ForeignCode = (typeof FOREIGN_CODE)[keyof typeof FOREIGN_CODE];

type Foreign = (
  dst: Uint8Array,
  src: Uint8Array,
  format: ForeignCode,
  dstChannels: number,
  srcChannels: number,
  frames: number,
  order: Uint8Array | null,
) => void;

/**
 * Whole frames of a foreign format to the ring format that holds it: s16 for u8, A-law, µ-law and s16be; s24 for all 24 bits; s32 and f32
 * for their swapped forms. `order`: which channel of `src` each channel of `dst` is; one that `src` has not is silent; null: the same, of as many.
 */
export const fromForeign: Foreign = shim.func(
  'void weir_from_foreign(void *dst, const void *src, int format, int dstChannels, int srcChannels, int frames, const void *order)',
);

/** And back: u8, A-law and µ-law are rounded to nearest. `order` as above, of this direction. */
export const toForeign: Foreign = shim.func(
  'void weir_to_foreign(void *dst, const void *src, int format, int dstChannels, int srcChannels, int frames, const void *order)',
);

/** Copies frames of `frameBytes` each; the spans may overlap. */
export const copyFrames: (
  dst: Address,
  dstOffset: number,
  src: Address,
  srcOffset: number,
  frameBytes: number,
  frames: number,
) => void = shim.func('void weir_copy(void *dst, int dstOffset, void *src, int srcOffset, int frameBytes, int frames)');

/** Zeroes frames of `frameBytes` each: silence in every format. */
export const zeroFrames: (dst: Address, dstOffset: number, frameBytes: number, frames: number) => void = shim.func(
  'void weir_zero(void *dst, int dstOffset, int frameBytes, int frames)',
);

/**
 * Adds one stream's span to the mix: converts as `toFloat`, scales frame i by `gain + i * gainStep`, maps channels.
 * `matrix`: row-major floats [mixChannels][srcChannels], or null where the counts are equal and channels map to themselves.
 * `meter`: two floats a source channel, [peak, sum of squares] after the gain, raised and added to; or null.
 */
export const mix: (
  mix: Address,
  mixOffset: number,
  mixChannels: number,
  src: Address,
  srcOffset: number,
  format: FormatCode,
  srcChannels: number,
  frames: number,
  matrix: Address | null,
  gain: number,
  gainStep: number,
  meter: Address | null,
) => void = shim.func(
  'void weir_mix(void *mix, int mixOffset, int mixChannels, void *src, int srcOffset, int format, int srcChannels, ' +
    'int frames, void *matrix, float gain, float gainStep, void *meter)',
);

/** Scales frame i by `gain + i * gainStep`, in place. */
export const applyGain: (
  buffer: Address,
  offset: number,
  channels: number,
  frames: number,
  gain: number,
  gainStep: number,
) => void = shim.func('void weir_gain(void *buffer, int offset, int channels, int frames, float gain, float gainStep)');

/** The same of one channel, and of no other. */
export const applyChannelGain: (
  buffer: Address,
  offset: number,
  channels: number,
  channel: number,
  frames: number,
  gain: number,
  gainStep: number,
) => void = shim.func(
  'void weir_channel_gain(void *buffer, int offset, int channels, int channel, int frames, float gain, float gainStep)',
);

/** Raises and adds to `meter` (two floats a channel: peak, sum of squares) what the span holds. */
export const measure: (meter: Address, src: Address, srcOffset: number, channels: number, frames: number) => void =
  shim.func('void weir_meter(void *meter, void *src, int srcOffset, int channels, int frames)');

/** Writes `matrix` × source to `dst`; the matrix is `mix`'s. The spans must not overlap. */
export const remap: (
  dst: Address,
  dstOffset: number,
  dstChannels: number,
  src: Address,
  srcOffset: number,
  srcChannels: number,
  frames: number,
  matrix: Address | null,
) => void = shim.func(
  'void weir_remap(void *dst, int dstOffset, int dstChannels, void *src, int srcOffset, int srcChannels, int frames, void *matrix)',
);

/**
 * Variable-ratio resampler. Made and freed on the main thread only (resamplers share their filters); in between, any
 * one thread may use it.
 */
export const resampler = {
  /** Null on channels beyond 1–8, a rate beyond 8000–192000 Hz, or no memory. */
  create: shim.func('void *weir_resampler_new(int channels, int srcRate, int dstRate)') as (
    channels: number,
    srcRate: number,
    dstRate: number,
  ) => Address | null,
  free: shim.func('void weir_resampler_free(void *r)') as (r: Address) => void,
  /** Forgets all input and takes the wanted ratio at once. */
  reset: shim.func('void weir_resampler_reset(void *r)') as (r: Address) => void,
  /** Source frames per output frame, bounded to ±2 % of the nominal; reached linearly over the next pull. */
  setRatio: shim.func('void weir_resampler_ratio(void *r, double ratio)') as (r: Address, ratio: number) => void,
  /** Input frames still to be pushed before `frames` (at most 4096) can be pulled. */
  need: shim.func('int weir_resampler_need(void *r, int frames)') as (r: Address, frames: number) => number,
  /** Converts as `toFloat`; the frames taken, fewer when full. What `need` said always fits. */
  push: shim.func('int weir_resampler_push(void *r, void *src, int srcOffset, int format, int frames)') as (
    r: Address,
    src: Address,
    srcOffset: number,
    format: FormatCode,
    frames: number,
  ) => number,
  /** Interleaved floats; the frames made, fewer when input lacks. At most 4096 a call. */
  pull: shim.func('int weir_resampler_pull(void *r, void *dst, int dstOffset, int frames)') as (
    r: Address,
    dst: Address,
    dstOffset: number,
    frames: number,
  ) => number,
  /** Input frames pushed and not yet heard: the filter's own (32 when not downsampling) and what waits. */
  delay: shim.func('double weir_resampler_delay(void *r)') as (r: Address) => number,
};

/** Look-ahead limiter: ceiling 0 dBFS, a constant delay of 32 frames, release 100 ms, one gain for all channels. */
export const limiter = {
  /** Null on channels beyond 1–8, a rate below 1, or no memory. */
  create: shim.func('void *weir_limiter_new(int channels, int rate)') as (
    channels: number,
    rate: number,
  ) => Address | null,
  free: shim.func('void weir_limiter_free(void *l)') as (l: Address) => void,
  reset: shim.func('void weir_limiter_reset(void *l)') as (l: Address) => void,
  /** 1 while nothing is reduced: samples then pass bit for bit. */
  idle: shim.func('int weir_limiter_idle(void *l)') as (l: Address) => number,
  /** In place; the smallest gain applied, exactly 1 when nothing was reduced. */
  limit: shim.func('float weir_limit(void *l, void *buffer, int offset, int frames)') as (
    l: Address,
    buffer: Address,
    offset: number,
    frames: number,
  ) => number,
};
