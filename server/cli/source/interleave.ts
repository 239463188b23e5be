import type { SampleFormat } from '../../device/output-driver.js';

/** Decoders give planar floats; a stream carries interleaved frames. */

/**
 * The format that holds what a decoder gives without loss: a FLAC's own integers up to 24 bits, floats for all else.
 * @param bitDepth the file's, where the decoder is lossless
 */
export function formatFor(bitDepth: number | undefined): SampleFormat {
  if (bitDepth === undefined || bitDepth > 24) return 'f32';
  return bitDepth > 16 ? 's24' : 's16';
}

export function interleaved(
  planes: readonly Float32Array[],
  frameCount: number,
  format: SampleFormat,
  bitDepth = 16,
): Uint8Array {
  const channels = planes.length;
  const sampleBytes = format === 'f32' ? 4 : format === 's24' ? 3 : 2;
  // The lossless decoder divides its integers by the largest positive one, so they come back exactly.
  const largest = 2 ** (bitDepth - 1) - 1;
  // A file of 12 or 20 bits fills the upper bits of the next format.
  const shift = 2 ** (sampleBytes * 8 - bitDepth);
  const out = Buffer.allocUnsafe(frameCount * channels * sampleBytes);
  planes.forEach((plane, channel) => {
    for (let frame = 0; frame < frameCount; frame++) {
      const at = (frame * channels + channel) * sampleBytes;
      const value = plane[frame] ?? 0;
      if (format === 'f32') out.writeFloatLE(value, at);
      else out.writeIntLE(Math.round(value * largest) * shift, at, sampleBytes);
    }
  });
  return out;
}
