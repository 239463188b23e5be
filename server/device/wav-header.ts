import { type FrameSpec, SAMPLE_BYTES } from './output-driver.js';

const PCM = 1;
const IEEE_FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** What follows the format tag in a SubFormat GUID (KSDATAFORMAT_SUBTYPE_*). */
const SUBFORMAT_TAIL = Buffer.from('000000001000800000aa00389b71', 'hex');
/** Speaker masks by channel count: mono, stereo, 3.0, quad, 5.0, 5.1, 6.1, 7.1. */
const SPEAKERS = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f];

const DS64_BYTES = 28;
const U32_MAX = 0xffff_ffff;

export const frameBytesOf = (shape: FrameSpec): number => SAMPLE_BYTES[shape.format] * shape.channels;

/**
 * The header of a WAV that holds `dataBytes` of interleaved frames: RIFF, and from 4 GiB on RF64 (EBU Tech 3306). A JUNK
 * chunk keeps the place of `ds64`, so the length depends on the shape alone and a growing file is corrected in place.
 * An odd `dataBytes` is followed by one pad byte, which the caller writes.
 */
export function wavHeader(shape: FrameSpec, dataBytes: number): Buffer {
  const fmt = formatChunk(shape);
  const isFloat = shape.format === 'f32';
  const header = Buffer.alloc(12 + 8 + DS64_BYTES + 8 + fmt.length + (isFloat ? 12 : 0) + 8);
  const frames = Math.floor(dataBytes / frameBytesOf(shape));
  const riffBytes = header.length - 8 + dataBytes + (dataBytes % 2);
  const large = riffBytes > U32_MAX;
  const narrow = (value: number) => (large ? U32_MAX : value);

  let at = header.write(large ? 'RF64' : 'RIFF', 'latin1');
  at = header.writeUInt32LE(narrow(riffBytes), at);
  at += header.write(large ? 'WAVEds64' : 'WAVEJUNK', at, 'latin1');
  at = header.writeUInt32LE(DS64_BYTES, at);
  if (large) {
    header.writeBigUInt64LE(BigInt(riffBytes), at);
    header.writeBigUInt64LE(BigInt(dataBytes), at + 8);
    header.writeBigUInt64LE(BigInt(frames), at + 16);
  }
  at += DS64_BYTES;
  at += header.write('fmt ', at, 'latin1');
  at = header.writeUInt32LE(fmt.length, at);
  at += fmt.copy(header, at);
  if (isFloat) {
    // Every format but PCM says its length in frames too.
    at += header.write('fact', at, 'latin1');
    at = header.writeUInt32LE(4, at);
    at = header.writeUInt32LE(narrow(frames), at);
  }
  at += header.write('data', at, 'latin1');
  header.writeUInt32LE(narrow(dataBytes), at);
  return header;
}

/** The header of a WAV that is sent while it is made: both sizes say, as players understand it, that nobody knows them. */
export function endlessWavHeader(shape: FrameSpec): Buffer {
  const header = wavHeader(shape, 0);
  header.writeUInt32LE(U32_MAX, 4);
  header.writeUInt32LE(U32_MAX, header.length - 4);
  return header;
}

/** WAVEFORMAT where that says it all; WAVEFORMATEXTENSIBLE for more than two channels and for wide integers. */
function formatChunk({ format, rate, channels }: FrameSpec): Buffer {
  const sampleBytes = SAMPLE_BYTES[format];
  const tag = format === 'f32' ? IEEE_FLOAT : PCM;
  const extensible = channels > 2 || format === 's24' || format === 's32';
  const chunk = Buffer.alloc(extensible ? 40 : tag === PCM ? 16 : 18);
  chunk.writeUInt16LE(extensible ? EXTENSIBLE : tag, 0);
  chunk.writeUInt16LE(channels, 2);
  chunk.writeUInt32LE(rate, 4);
  chunk.writeUInt32LE(rate * channels * sampleBytes, 8);
  chunk.writeUInt16LE(channels * sampleBytes, 12);
  chunk.writeUInt16LE(8 * sampleBytes, 14);
  if (extensible) {
    chunk.writeUInt16LE(22, 16);
    chunk.writeUInt16LE(8 * sampleBytes, 18);
    chunk.writeUInt32LE(SPEAKERS[channels - 1] ?? 0, 20);
    chunk.writeUInt16LE(tag, 24);
    SUBFORMAT_TAIL.copy(chunk, 26);
  }
  return chunk;
}
