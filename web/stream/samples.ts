import { weir } from '#proto';

const { SampleFormat } = weir.v1;

export type WireFormat = weir.v1.SampleFormat.S16 | weir.v1.SampleFormat.F32;

/** The server is on this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/** Full floats where the bytes cost nothing, half of them where they cross a network. */
export const wireFormatFor = (hostname: string): WireFormat =>
  isLoopback(hostname) ? SampleFormat.F32 : SampleFormat.S16;

/** Samples (-1..1) as the wire has them: little endian. S16 is rounded and clipped, F32 is exact. */
export function encodeSamples(samples: Float32Array, format: WireFormat): Uint8Array {
  const view = new DataView(new ArrayBuffer(samples.length * (format === SampleFormat.S16 ? 2 : 4)));
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    if (format === SampleFormat.F32) view.setFloat32(i * 4, sample, true);
    else view.setInt16(i * 2, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
  }
  return new Uint8Array(view.buffer);
}

/** The wire's samples as floats; a piece of a sample at the end is left out. */
export function decodeSamples(data: Uint8Array, format: WireFormat): Float32Array<ArrayBuffer> {
  const sampleBytes = format === SampleFormat.S16 ? 2 : 4;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const samples = new Float32Array(Math.floor(data.length / sampleBytes));
  for (let i = 0; i < samples.length; i++) {
    samples[i] = format === SampleFormat.F32 ? view.getFloat32(i * 4, true) : view.getInt16(i * 2, true) / 32768;
  }
  return samples;
}

/** Frames `from` to `from + frames` of planar channels, interleaved. */
export function interleave(channels: readonly Float32Array[], from: number, frames: number): Float32Array {
  const samples = new Float32Array(frames * channels.length);
  channels.forEach((channel, c) => {
    for (let i = 0; i < frames; i++) samples[i * channels.length + c] = channel[from + i] ?? 0;
  });
  return samples;
}
