import { type FrameSpec, SAMPLE_BYTES, type SampleFormat } from '../output-driver.js';
import { frameBytesOf } from '../wav-header.js';

/** Prime, and no multiple of a channel count: neighbouring frames always differ, and none is silence. */
const CYCLE = 30_011;

const WRITE: Readonly<Record<SampleFormat, (into: Buffer, value: number, at: number) => void>> = {
  s16: (into, value, at) => into.writeInt16LE(value, at),
  s24: (into, value, at) => into.writeIntLE(value << 8, at, 3),
  s32: (into, value, at) => into.writeInt32LE(value << 16, at),
  f32: (into, value, at) => into.writeFloatLE(value / 32_768, at),
};

/** Frames `first` to `first + count` of a recording in which every frame tells its number. */
export function sequence(shape: FrameSpec, first: number, count: number): Buffer {
  const bytes = Buffer.alloc(count * frameBytesOf(shape));
  const sampleBytes = SAMPLE_BYTES[shape.format];
  const write = WRITE[shape.format];
  for (let i = 0; i < count * shape.channels; i++) {
    write(bytes, 1 + ((first * shape.channels + i) % CYCLE), i * sampleBytes);
  }
  return bytes;
}

/** The recording without its silent frames. */
export function withoutSilence(bytes: Buffer, shape: FrameSpec): Buffer {
  const frameBytes = frameBytesOf(shape);
  const kept: Buffer[] = [];
  for (let at = 0; at + frameBytes <= bytes.length; at += frameBytes) {
    const frame = bytes.subarray(at, at + frameBytes);
    if (frame.some((byte) => byte !== 0)) kept.push(frame);
  }
  return Buffer.concat(kept);
}
