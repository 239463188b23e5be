import { CHANNELS_MAX, RATE_MAX } from '../limits.js';
import type { Codec } from '../tagstruct/codec.js';
import { TAG } from '../tagstruct/tags.js';

/** In the order of their numbers, by the names that stand in format.sample_format. */
export const PULSE_FORMATS = [
  'u8', 'aLaw', 'uLaw', 's16le', 's16be', 'float32le', 'float32be', 's32le', 's32be', 's24le', 's24be', 's24-32le',
  's24-32be',
] as const; // prettier-ignore
export type PulseFormat = (typeof PULSE_FORMATS)[number];

/** Bytes of one sample. */
export const PULSE_SAMPLE_BYTES: Readonly<Record<PulseFormat, number>> = {
  u8: 1, aLaw: 1, uLaw: 1, s16le: 2, s16be: 2, float32le: 4, float32be: 4, s32le: 4, s32be: 4, s24le: 3, s24be: 3,
  's24-32le': 4, 's24-32be': 4,
}; // prettier-ignore

const INVALID_FORMAT = 255;
const NUMBER_OF = new Map<string, number>(PULSE_FORMATS.map((format, index) => [format, index]));
/** PulseAudio 0.9.15 brought 24 bits; older ones are shown float, as PulseAudio does. */
const KNOWS_24_BITS = 15;

/** What frames look like, as somebody says; `isSpec` tells whether there are such frames. */
export interface SaidSpec {
  /** Undefined: none, or none that is known. */
  readonly format: PulseFormat | undefined;
  readonly channels: number;
  readonly rate: number;
}

/** Within what the protocol knows: 1..32 channels, 1..768000 Hz. */
export interface SampleSpec extends SaidSpec {
  readonly format: PulseFormat;
}

export function isSpec(spec: SaidSpec): spec is SampleSpec {
  const { format, channels, rate } = spec;
  return format !== undefined && channels >= 1 && channels <= CHANNELS_MAX && rate >= 1 && rate <= RATE_MAX;
}

export function isPulseFormat(name: unknown): name is PulseFormat {
  return typeof name === 'string' && NUMBER_OF.has(name);
}

export function frameBytesOf(spec: SampleSpec): number {
  return PULSE_SAMPLE_BYTES[spec.format] * spec.channels;
}

export const sampleSpec: Codec<SaidSpec> = {
  read(from) {
    from.expect(TAG.SAMPLE_SPEC);
    return { format: PULSE_FORMATS[from.bareU8()], channels: from.bareU8(), rate: from.bareU32() };
  },
  write(to, { format, channels, rate }, version) {
    const shown = version < KNOWS_24_BITS && format?.startsWith('s24') ? 'float32le' : format;
    to.bareU8(TAG.SAMPLE_SPEC);
    to.bareU8(shown === undefined ? INVALID_FORMAT : (NUMBER_OF.get(shown) ?? INVALID_FORMAT));
    to.bareU8(channels);
    to.bareU32(rate);
  },
};
