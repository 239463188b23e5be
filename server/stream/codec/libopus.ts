import koffi from 'koffi';
import type { Address } from '../../../native-shim/library.js';
import { OPUS_PACKET_BYTES_MAX, OPUS_PACKET_FRAMES_MAX } from './limits.js';

/** All Opus here is at 48 kHz; libopus resamples nothing then (RFC 6716, section 2). */
export const OPUS_RATE = 48_000;

/** Frames of 2.5 ms: every length of Opus sound is a multiple of them. */
export const OPUS_STEP_FRAMES = OPUS_RATE / 400;

/** opus_defines.h */
const APPLICATION = { audio: 2049, lowdelay: 2051 } as const;
const SET = { bitrate: 4002, complexity: 4010 } as const;
const GET_LOOKAHEAD = 4027;

/** The part of libopus that we use (opus.h). Counts of frames or bytes, or a negative error. */
interface Libopus {
  encoderNew(rate: number, channels: number, application: number, error: Int32Array): Address | null;
  encoderFree(encoder: Address): void;
  encode(encoder: Address, pcm: Float32Array, frames: number, into: Uint8Array, sizeBytes: number): number;
  set(encoder: Address, request: number, type: 'int', value: number): number;
  get(encoder: Address, request: number, type: 'int *', value: Int32Array): number;
  decoderNew(rate: number, channels: number, error: Int32Array): Address | null;
  decoderFree(decoder: Address): void;
  decode(
    decoder: Address,
    packet: Uint8Array | null,
    sizeBytes: number,
    into: Float32Array,
    frames: number,
    fec: number,
  ): number;
  packetFrames(packet: Uint8Array, sizeBytes: number, rate: number): number;
}

function load(): Libopus | undefined {
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load('libopus.so.0');
  } catch {
    return undefined;
  }
  return {
    encoderNew: library.func('void *opus_encoder_create(int rate, int channels, int application, int *error)'),
    encoderFree: library.func('void opus_encoder_destroy(void *encoder)'),
    encode: library.func('int opus_encode_float(void *encoder, float *pcm, int frames, uint8_t *into, int sizeBytes)'),
    set: library.func('int opus_encoder_ctl(void *encoder, int request, ...)'),
    get: library.func('int opus_encoder_ctl(void *encoder, int request, ...)'),
    decoderNew: library.func('void *opus_decoder_create(int rate, int channels, int *error)'),
    decoderFree: library.func('void opus_decoder_destroy(void *decoder)'),
    decode: library.func(
      'int opus_decode_float(void *decoder, uint8_t *packet, int sizeBytes, float *into, int frames, int fec)',
    ),
    packetFrames: library.func('int opus_packet_get_nb_samples(uint8_t *packet, int sizeBytes, int rate)'),
  };
}

const libopus = load();

/** Whether libopus is installed (Debian: libopus0). Without it Opus streams become PCM. */
export const opusAvailable = libopus !== undefined;

/** Frames that a packet holds at OPUS_RATE; undefined where it cannot be one (RFC 6716, section 3.4). */
export function opusPacketFrames(packet: Uint8Array): number | undefined {
  if (!libopus || packet.length === 0 || packet.length > OPUS_PACKET_BYTES_MAX) return undefined;
  const frames = libopus.packetFrames(packet, packet.length, OPUS_RATE);
  return frames > 0 ? frames : undefined;
}

export interface OpusSettings {
  /** 1 or 2. */
  readonly channels: number;
  readonly bitrate: number;
  /** No look-ahead for speech: 2.5 ms of delay instead of 6.5. */
  readonly lowDelay: boolean;
}

/** 0 (fast) to 10. */
const COMPLEXITY = 5;

/** One Opus encoder; its memory is libopus's own: dispose it. */
export class OpusEncoder implements Disposable {
  /** Frames by which what comes out is behind what went in. */
  readonly lookaheadFrames: number;
  readonly #lib: Libopus;
  readonly #encoder: Address;
  readonly #packet = new Uint8Array(OPUS_PACKET_BYTES_MAX);

  /** Undefined where libopus is missing or refuses the settings. */
  static open(settings: OpusSettings): OpusEncoder | undefined {
    if (!libopus) return undefined;
    const application = settings.lowDelay ? APPLICATION.lowdelay : APPLICATION.audio;
    const encoder = libopus.encoderNew(OPUS_RATE, settings.channels, application, new Int32Array(1));
    return encoder ? new OpusEncoder(libopus, encoder, settings) : undefined;
  }

  private constructor(lib: Libopus, encoder: Address, settings: OpusSettings) {
    this.#lib = lib;
    this.#encoder = encoder;
    lib.set(encoder, SET.bitrate, 'int', settings.bitrate);
    lib.set(encoder, SET.complexity, 'int', COMPLEXITY);
    const lookahead = new Int32Array(1);
    lib.get(encoder, GET_LOOKAHEAD, 'int *', lookahead);
    this.lookaheadFrames = lookahead[0] ?? 0;
  }

  /**
   * One packet of 120, 240, 480 or 960 interleaved frames. A view that the next call overwrites; undefined where libopus
   * refuses (a number of frames that Opus does not have).
   */
  encode(pcm: Float32Array, frames: number): Uint8Array | undefined {
    const length = this.#lib.encode(this.#encoder, pcm, frames, this.#packet, this.#packet.length);
    return length > 0 ? this.#packet.subarray(0, length) : undefined;
  }

  [Symbol.dispose](): void {
    this.#lib.encoderFree(this.#encoder);
  }
}

/** One Opus decoder; its memory is libopus's own: dispose it. Whatever a stranger's packet holds, it answers with sound or undefined. */
export class OpusDecoder implements Disposable {
  readonly #lib: Libopus;
  readonly #decoder: Address;
  readonly #pcm: Float32Array;
  readonly #channels: number;

  /** Undefined where libopus is missing. `channels`: 1 or 2, whatever the packets hold. */
  static open(channels: number): OpusDecoder | undefined {
    if (!libopus) return undefined;
    const decoder = libopus.decoderNew(OPUS_RATE, channels, new Int32Array(1));
    return decoder ? new OpusDecoder(libopus, decoder, channels) : undefined;
  }

  private constructor(lib: Libopus, decoder: Address, channels: number) {
    this.#lib = lib;
    this.#decoder = decoder;
    this.#channels = channels;
    this.#pcm = new Float32Array(OPUS_PACKET_FRAMES_MAX * channels);
  }

  /** A packet's interleaved frames. A view that the next call overwrites; undefined for what is no Opus. */
  decode(packet: Uint8Array): Float32Array | undefined {
    return this.#decode(packet, OPUS_PACKET_FRAMES_MAX, 0);
  }

  /** The `frames` before `next`, from the copy that `next` may carry of them, else made up: a multiple of OPUS_STEP_FRAMES. */
  recover(next: Uint8Array, frames: number): Float32Array | undefined {
    return this.#decode(next, frames, 1);
  }

  /** `frames` made up from what was heard before, fading: a multiple of OPUS_STEP_FRAMES. */
  conceal(frames: number): Float32Array | undefined {
    return this.#decode(null, frames, 0);
  }

  #decode(packet: Uint8Array | null, frames: number, fec: number): Float32Array | undefined {
    const most = Math.min(frames, OPUS_PACKET_FRAMES_MAX);
    // libopus takes no bytes at all for a lost packet.
    if (packet?.length === 0) return undefined;
    const made = this.#lib.decode(this.#decoder, packet, packet?.length ?? 0, this.#pcm, most, fec);
    return made > 0 ? this.#pcm.subarray(0, made * this.#channels) : undefined;
  }

  [Symbol.dispose](): void {
    this.#lib.decoderFree(this.#decoder);
  }
}
