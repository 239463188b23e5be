import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { FrameSpec } from '../../device/output-driver.js';
import { SAMPLE_BYTES } from '../../device/output-driver.js';
import { WeirError } from '../../observe/errors.js';
import type { AudioSource } from './audio-source.js';
import { ByteReader } from './byte-reader.js';
import { wholeFrames } from './frames.js';
import { READ_BYTES, SNIFF_BYTES } from './limits.js';
import { sniff } from './sniff.js';

/** A source and how far its input has been read, for a progress bar. */
export interface OpenedSource extends AudioSource {
  /** 0 to 1 of the file; nothing for a pipe. */
  progress(): number | undefined;
  /** Ends reading, also where a pipe has not ended. */
  close(): void;
}

interface Input {
  readonly bytes: Readable;
  readonly sizeBytes: number | undefined;
}

/** Opens a path, or standard input for `-`. @throws WeirError FILE_FAILED, AUDIO_UNREADABLE, FORMAT_UNSUPPORTED */
export async function openSource(path: string, raw: FrameSpec | undefined): Promise<OpenedSource> {
  const { bytes, sizeBytes } = path === '-' ? { bytes: process.stdin, sizeBytes: undefined } : await openFile(path);
  const reader = new ByteReader(readable(bytes, path));
  const source = raw === undefined ? await openByContent(reader, path) : openRaw(reader, raw);
  return {
    ...source,
    close: () => bytes.destroy(),
    progress: () => (sizeBytes === undefined ? undefined : Math.min(1, reader.takenBytes / sizeBytes)),
  };
}

async function openFile(path: string): Promise<Input> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new WeirError('FILE_FAILED', `${path} is a directory`);
    const bytes = createReadStream(path, { highWaterMark: READ_BYTES });
    return { bytes, sizeBytes: found.isFile() && found.size > 0 ? found.size : undefined };
  } catch (error) {
    throw fileError(path, error);
  }
}

async function* readable(bytes: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw fileError(path, error);
  }
}

function fileError(path: string, error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new WeirError('FILE_FAILED', `cannot read ${path === '-' ? 'standard input' : path} (${code})`);
}

function openRaw(reader: ByteReader, spec: FrameSpec): AudioSource {
  return { spec, chunks: wholeFrames(reader.rest(), SAMPLE_BYTES[spec.format] * spec.channels), damaged: () => 0 };
}

async function openByContent(reader: ByteReader, path: string): Promise<AudioSource> {
  const kind = sniff(await reader.peek(SNIFF_BYTES));
  if (kind === undefined) {
    throw new WeirError(
      'AUDIO_UNREADABLE',
      `${path === '-' ? 'standard input' : path} holds no sound that Weir can read`,
    );
  }
  if (kind === 'wav') return (await import('./wav-source.js')).openWav(reader);
  return (await import('./decoded-source.js')).openDecoded(kind, reader);
}
