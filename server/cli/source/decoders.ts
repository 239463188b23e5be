import type { AudioKind } from './sniff.js';

/** What every decoder gives for a piece of its file. */
export interface Decoded {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly errors: readonly unknown[];
}

export interface Decoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  /** What the decoder still holds at the end. */
  flush?(): Promise<Decoded>;
  free(): void;
}

export type DecodedKind = Exclude<AudioKind, 'wav'>;

/** Loaded only when such a file is played: each brings a WebAssembly module. */
const makers: Readonly<Record<DecodedKind, () => Promise<Decoder>>> = {
  flac: async () => new (await import('@wasm-audio-decoders/flac')).FLACDecoder(),
  vorbis: async () => new (await import('@wasm-audio-decoders/ogg-vorbis')).OggVorbisDecoder(),
  opus: async () => new (await import('ogg-opus-decoder')).OggOpusDecoder(),
  mp3: async () => new (await import('mpg123-decoder')).MPEGDecoder(),
};

export async function openDecoder(kind: DecodedKind): Promise<Decoder> {
  const decoder = await makers[kind]();
  await decoder.ready;
  return decoder;
}
