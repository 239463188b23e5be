import wavefile from 'wavefile';
import type { FrameSpec, SampleFormat } from '../../device/output-driver.js';
import { WeirError } from '../../observe/errors.js';
import type { ByteReader } from './byte-reader.js';
import { WAV_CHUNK_BYTES, WAV_CHUNKS } from './limits.js';
import { checkedSpec } from './spec.js';

// The library wants whole files; a pipe has no end yet and a long file no place in memory. So we walk the chunks up to
// the samples and hand the library a file of the ones that describe them.

const HEADER_BYTES = 8;
const RIFF_BYTES = 12;
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const TWO_32 = 2 ** 32;

/** How the samples lie in the file, where that is not how a stream carries them. */
export type WavConversion = 'u8' | 'f64';

export interface WavHead {
  readonly spec: FrameSpec;
  readonly convert: WavConversion | undefined;
  /** Bytes of samples; Infinity when the header does not know (written to a pipe). */
  readonly dataBytes: number;
}

const unreadable = (what: string): WeirError => new WeirError('AUDIO_UNREADABLE', `the WAV ${what}`);

/** Reads up to the first sample. @throws WeirError AUDIO_UNREADABLE, FORMAT_UNSUPPORTED */
export async function readWavHead(reader: ByteReader): Promise<WavHead> {
  const parts = [await reader.take(RIFF_BYTES)];
  for (let chunks = 0; chunks < WAV_CHUNKS; chunks++) {
    const header = await reader.take(HEADER_BYTES);
    const id = Buffer.from(header.subarray(0, 4)).toString('latin1');
    const sizeBytes = new DataView(header.buffer).getUint32(4, true);
    if (id === 'data') return interpret(Buffer.concat([...parts, header]), sizeBytes);
    const paddedBytes = sizeBytes + (sizeBytes % 2);
    if (id !== 'fmt ' && id !== 'ds64') {
      await reader.skip(paddedBytes);
      continue;
    }
    if (sizeBytes > WAV_CHUNK_BYTES) throw unreadable(`has a "${id}" chunk of ${sizeBytes} bytes`);
    parts.push(header, await reader.take(paddedBytes));
  }
  throw unreadable(`has no samples in its first ${WAV_CHUNKS} chunks`);
}

function interpret(head: Uint8Array, sizeBytes: number): WavHead {
  const wav = new wavefile.WaveFile();
  try {
    wav.fromBuffer(head, false);
  } catch (error) {
    throw unreadable(`cannot be understood: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (wav.container === 'RIFX') throw unreadable('is big-endian (RIFX)');
  const spec = { rate: numberOf(wav.fmt, 'sampleRate'), channels: numberOf(wav.fmt, 'numChannels') };
  const { format, convert } = sampleOf(wav.fmt);
  return { spec: checkedSpec({ ...spec, format }), convert, dataBytes: dataBytesOf(wav, sizeBytes) };
}

function sampleOf(fmt: object): { format: SampleFormat; convert: WavConversion | undefined } {
  const declared = numberOf(fmt, 'audioFormat');
  const tag = declared === EXTENSIBLE ? subformatOf(fmt) & 0xffff : declared;
  const bits = numberOf(fmt, 'bitsPerSample');
  if (tag === PCM && bits === 8) return { format: 's16', convert: 'u8' };
  if (tag === PCM && bits === 16) return { format: 's16', convert: undefined };
  if (tag === PCM && bits === 24) return { format: 's24', convert: undefined };
  if (tag === PCM && bits === 32) return { format: 's32', convert: undefined };
  if (tag === FLOAT && bits === 32) return { format: 'f32', convert: undefined };
  if (tag === FLOAT && bits === 64) return { format: 'f32', convert: 'f64' };
  throw unreadable(
    `holds ${bits}-bit samples of kind ${tag}; PCM of 8, 16, 24 or 32 bits and float of 32 or 64 can be played`,
  );
}

/** RF64 keeps the true size in `ds64`; what a pipe was told when it began is 0 or next to 2^32. */
function dataBytesOf(wav: wavefile.WaveFile, sizeBytes: number): number {
  if (wav.container === 'RF64' && sizeBytes === TWO_32 - 1) {
    return numberOf(wav.ds64, 'dataSizeHigh') * TWO_32 + numberOf(wav.ds64, 'dataSizeLow');
  }
  return sizeBytes === 0 || sizeBytes >= 0x7fff_0000 ? Infinity : sizeBytes;
}

/** The library types its chunks as plain objects. */
function numberOf(chunk: object, field: string): number {
  const value: unknown = Object.entries(chunk).find(([name]) => name === field)?.[1];
  return typeof value === 'number' ? value : 0;
}

function subformatOf(fmt: object): number {
  const value: unknown = Object.entries(fmt).find(([name]) => name === 'subformat')?.[1];
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return typeof first === 'number' ? first : 0;
}
