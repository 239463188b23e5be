import { SAMPLE_BYTES } from '../../device/output-driver.js';
import type { AudioSource } from './audio-source.js';
import type { ByteReader } from './byte-reader.js';
import { f32FromF64, mapped, s16FromU8, wholeFrames } from './frames.js';
import { readWavHead } from './wav-head.js';

const FILE_SAMPLE_BYTES = { u8: 1, f64: 8 } as const;
const CONVERSIONS = { u8: s16FromU8, f64: f32FromF64 } as const;

/** A WAV, bit for bit in its own format where a stream has that format. */
export async function openWav(reader: ByteReader): Promise<AudioSource> {
  const { spec, convert, dataBytes } = await readWavHead(reader);
  const sampleBytes = convert === undefined ? SAMPLE_BYTES[spec.format] : FILE_SAMPLE_BYTES[convert];
  const frames = wholeFrames(reader.rest(dataBytes), sampleBytes * spec.channels);
  return { spec, chunks: convert === undefined ? frames : mapped(frames, CONVERSIONS[convert]), damaged: () => 0 };
}
