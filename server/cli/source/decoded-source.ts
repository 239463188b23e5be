import type { FrameSpec } from '../../device/output-driver.js';
import { WeirError } from '../../observe/errors.js';
import type { AudioSource } from './audio-source.js';
import type { ByteReader } from './byte-reader.js';
import { type Decoded, type DecodedKind, type Decoder, openDecoder } from './decoders.js';
import { formatFor, interleaved } from './interleave.js';
import { checkedSpec } from './spec.js';

/** A compressed file, decoded as it is read. */
export async function openDecoded(kind: DecodedKind, reader: ByteReader): Promise<AudioSource> {
  const decoder = await openDecoder(kind);
  const pieces = new Pieces(decoder, reader);
  const first = await pieces.next();
  if (first === undefined) {
    throw new WeirError('AUDIO_UNREADABLE', `the input looks like ${kind} but nothing in it can be decoded`);
  }
  const bitDepth = kind === 'flac' ? bitDepthOf(first) : undefined;
  const spec = checkedSpec({
    rate: first.sampleRate,
    channels: first.channelData.length,
    format: formatFor(bitDepth),
  });
  return { spec, chunks: chunksOf(pieces, first, spec, bitDepth), damaged: () => pieces.damaged };
}

async function* chunksOf(
  pieces: Pieces,
  first: Decoded,
  spec: FrameSpec,
  bitDepth: number | undefined,
): AsyncGenerator<Uint8Array> {
  for (let piece: Decoded | undefined = first; piece !== undefined; piece = await pieces.next()) {
    if (piece.sampleRate !== spec.rate || piece.channelData.length !== spec.channels) {
      throw new WeirError('AUDIO_UNREADABLE', 'the file changes its rate or channels in the middle');
    }
    yield interleaved(piece.channelData, piece.samplesDecoded, spec.format, bitDepth);
  }
}

function bitDepthOf(piece: Decoded): number | undefined {
  return 'bitDepth' in piece && typeof piece.bitDepth === 'number' ? piece.bitDepth : undefined;
}

/** What the decoder makes of the input, the empty pieces left out. */
class Pieces {
  readonly #decoder: Decoder;
  readonly #input: AsyncIterator<Uint8Array>;
  #flushed = false;
  damaged = 0;

  constructor(decoder: Decoder, reader: ByteReader) {
    this.#decoder = decoder;
    this.#input = reader.rest();
  }

  async next(): Promise<Decoded | undefined> {
    while (!this.#flushed) {
      const piece = await quietly(() => this.#step());
      if (piece === undefined) continue;
      this.damaged += piece.errors.length;
      if (piece.samplesDecoded > 0) return piece;
    }
    return undefined;
  }

  async #step(): Promise<Decoded | undefined> {
    const bytes = await this.#input.next();
    if (bytes.done !== true) return this.#decoder.decode(bytes.value);
    this.#flushed = true;
    return this.#decoder.flush?.();
  }
}

/** The decoders tell each damage on the console besides their results, and throw on some; we count both instead. */
async function quietly(step: () => Promise<Decoded | undefined>): Promise<Decoded | undefined> {
  const before = console.error;
  console.error = () => {};
  try {
    return await step();
  } catch (error) {
    if (error instanceof WeirError) throw error;
    return { channelData: [], samplesDecoded: 0, sampleRate: 0, errors: [error] };
  } finally {
    console.error = before;
  }
}
