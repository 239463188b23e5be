import { FOREIGN_CODE, type ForeignCode, fromForeign, toForeign } from '../../../../native-shim/kernels.js';
import { type FrameSpec, SAMPLE_BYTES, type SampleFormat } from '../../../device/output-driver.js';
import { WeirError } from '../../../observe/errors.js';
import { CHANNELS_MAX, RATE_MAX_HZ, RATE_MIN_HZ } from '../../../stream/limits.js';
import { PULSE_SAMPLE_BYTES, type PulseFormat, type SampleSpec } from '../wire/values/sample-spec.js';
import type { Placing } from './placing.js';

/** The ring format that holds all of a client's: `u8`, A-law and µ-law have 8, 13 and 14 bits. */
const RING_FORMAT: Readonly<Record<PulseFormat, SampleFormat>> = {
  u8: 's16',
  aLaw: 's16',
  uLaw: 's16',
  s16le: 's16',
  s16be: 's16',
  float32le: 'f32',
  float32be: 'f32',
  s32le: 's32',
  s32be: 's32',
  s24le: 's24',
  s24be: 's24',
  's24-32le': 's24',
  's24-32be': 's24',
};

const SILENCE: Partial<Record<PulseFormat, number>> = { u8: 0x80, aLaw: 0xd5, uLaw: 0xff };

/** The byte that silence consists of. */
export const silenceOf = (format: PulseFormat): number => SILENCE[format] ?? 0;

/** Those that lie in the ring as they come. */
const OURS: readonly PulseFormat[] = ['s16le', 'float32le', 's32le', 's24le'];

/** The ring of a stream of these frames; refused beyond what Weir plays. */
export function ringSpec({ format, channels, rate }: SampleSpec, ringChannels = channels): FrameSpec | WeirError {
  if (channels <= CHANNELS_MAX && rate >= RATE_MIN_HZ && rate <= RATE_MAX_HZ) {
    return { format: RING_FORMAT[format], rate, channels: ringChannels };
  }
  return new WeirError('FORMAT_UNSUPPORTED', `${channels} channels at ${rate} Hz`);
}

/** Takes whole frames: how many. */
export type FrameSink = (frames: Uint8Array) => number;

/** Converted at once. One for all streams: nothing stays in it. */
const scratch = new Uint8Array(64 * 1024);

/** A client's frames to its ring's and back. What is the same in both is not touched. */
export class FrameConverter {
  readonly frameBytes: number;
  readonly ringFrameBytes: number;
  /** A client's frames are the ring's as they are. */
  readonly untouched: boolean;
  readonly #code: ForeignCode;
  readonly #channels: number;
  readonly #ringChannels: number;
  /** Both ways. */
  readonly #inOrder: Uint8Array | null;
  readonly #outOrder: Uint8Array | null;
  /** Of the scratch memory; lengths repeat. */
  #view = scratch;

  /** Of channels that `ringSpec` does not refuse. */
  constructor({ format, channels }: SampleSpec, { order, inverse, channels: ringChannels }: Placing) {
    this.frameBytes = PULSE_SAMPLE_BYTES[format] * channels;
    this.ringFrameBytes = SAMPLE_BYTES[RING_FORMAT[format]] * ringChannels;
    this.#code = FOREIGN_CODE[format];
    this.#channels = channels;
    this.#ringChannels = ringChannels;
    this.untouched = order === undefined && OURS.includes(format);
    this.#inOrder = order ?? null;
    this.#outOrder = inverse ?? null;
  }

  /** Gives a client's whole frames to `ring`, as many as it takes; the client's bytes that it took. */
  toRing(bytes: Uint8Array, ring: FrameSink): number {
    if (this.untouched) return ring(bytes) * this.frameBytes;
    return this.#inPieces(bytes, this.frameBytes, this.ringFrameBytes, ring, (into, piece, frames) => {
      fromForeign(into, piece, this.#code, this.#ringChannels, this.#channels, frames, this.#inOrder);
    });
  }

  /** Gives a ring's whole frames to `client`, as many as it takes; the ring's bytes that it took. */
  fromRing(bytes: Uint8Array, client: FrameSink): number {
    if (this.untouched) return client(bytes) * this.ringFrameBytes;
    return this.#inPieces(bytes, this.ringFrameBytes, this.frameBytes, client, (into, piece, frames) => {
      toForeign(into, piece, this.#code, this.#channels, this.#ringChannels, frames, this.#outOrder);
    });
  }

  #inPieces(
    bytes: Uint8Array,
    fromBytes: number,
    toBytes: number,
    sink: FrameSink,
    convert: (into: Uint8Array, piece: Uint8Array, frames: number) => void,
  ): number {
    const frames = Math.floor(bytes.length / fromBytes);
    const most = Math.floor(scratch.length / toBytes);
    let done = 0;
    while (done < frames) {
      const count = Math.min(most, frames - done);
      const whole = done === 0 && count === frames;
      convert(scratch, whole ? bytes : bytes.subarray(done * fromBytes, (done + count) * fromBytes), count);
      const taken = sink(this.#scratchOf(count * toBytes));
      done += taken;
      if (taken < count) break;
    }
    return done * fromBytes;
  }

  #scratchOf(length: number): Uint8Array {
    if (this.#view.length !== length) this.#view = scratch.subarray(0, length);
    return this.#view;
  }
}
