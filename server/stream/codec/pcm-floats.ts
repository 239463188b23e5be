import type { SampleFormat } from '../../device/output-driver.js';

/** Full scale of the whole-numbered formats. */
const SCALE = { s16: 2 ** 15, s24: 2 ** 23, s32: 2 ** 31 } as const;
/** What the engine bounds floats to, too. */
const FLOAT_LIMIT = 16;

type Load = (bytes: DataView, at: number) => number;
type Store = (bytes: DataView, at: number, value: number) => void;

interface Samples {
  readonly sizeBytes: number;
  readonly load: Load;
  readonly store: Store;
}

const whole = (value: number, scale: number) => Math.max(-scale, Math.min(scale - 1, Math.round(value * scale)));

/** Little-endian samples of each format, as the wire has them. */
const SAMPLES: Readonly<Record<SampleFormat, Samples>> = {
  s16: {
    sizeBytes: 2,
    load: (bytes, at) => bytes.getInt16(at, true) / SCALE.s16,
    store: (bytes, at, value) => {
      bytes.setInt16(at, whole(value, SCALE.s16), true);
    },
  },
  s24: {
    sizeBytes: 3,
    load: (bytes, at) => ((bytes.getInt8(at + 2) << 16) | bytes.getUint16(at, true)) / SCALE.s24,
    store: (bytes, at, value) => {
      const sample = whole(value, SCALE.s24);
      bytes.setUint16(at, sample & 0xffff, true);
      bytes.setInt8(at + 2, sample >> 16);
    },
  },
  s32: {
    sizeBytes: 4,
    load: (bytes, at) => bytes.getInt32(at, true) / SCALE.s32,
    store: (bytes, at, value) => {
      bytes.setInt32(at, whole(value, SCALE.s32), true);
    },
  },
  f32: {
    sizeBytes: 4,
    load: (bytes, at) => {
      const value = bytes.getFloat32(at, true);
      return Number.isNaN(value) ? 0 : Math.max(-FLOAT_LIMIT, Math.min(FLOAT_LIMIT, value));
    },
    store: (bytes, at, value) => {
      bytes.setFloat32(at, value, true);
    },
  },
};

/** Interleaved samples as floats, full scale ±1, one array a channel; a stranger's NaN is silence. */
export function floatsOf(pcm: Uint8Array, format: SampleFormat, into: readonly Float32Array[]): void {
  const { sizeBytes, load } = SAMPLES[format];
  const bytes = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const frameBytes = sizeBytes * into.length;
  const frames = pcm.length / frameBytes;
  for (const [c, channel] of into.entries()) {
    for (let i = 0, at = c * sizeBytes; i < frames; i++, at += frameBytes) channel[i] = load(bytes, at);
  }
}

/** The first frames of `from`, as many as `pcm` holds, interleaved and rounded. */
export function pcmOf(from: readonly Float32Array[], format: SampleFormat, pcm: Uint8Array): void {
  const { sizeBytes, store } = SAMPLES[format];
  const bytes = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const frameBytes = sizeBytes * from.length;
  const frames = pcm.length / frameBytes;
  for (const [c, channel] of from.entries()) {
    for (let i = 0, at = c * sizeBytes; i < frames; i++, at += frameBytes) store(bytes, at, channel[i] ?? 0);
  }
}
