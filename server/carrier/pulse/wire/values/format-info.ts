import { CHANNELS_MAX, RATE_MAX } from '../limits.js';
import type { Codec } from '../tagstruct/codec.js';
import { TAG } from '../tagstruct/tags.js';
import { type ChannelMap, isMap, mapOfName, nameOfMap, usualMap } from './channel-map.js';
import { isPulseFormat, isSpec, type SampleSpec } from './sample-spec.js';
import { NO_PROPERTIES, type Proplist, proplist, proplistOf, textOf } from './proplist.js';

/** PA_ENCODING_…: what follows PCM goes through digital outputs to a receiver. */
export const ENCODING = { ANY: 0, PCM: 1 } as const;

/** A format of the extended API: an encoding, and what is said of it in JSON; what is not said is left to the server. */
export interface FormatInfo {
  readonly encoding: number;
  readonly properties: Proplist;
}

/** PCM, whatever its shape: what an output of ours takes. */
export const ANY_PCM: FormatInfo = { encoding: ENCODING.PCM, properties: NO_PROPERTIES };

const KEY = {
  format: 'format.sample_format',
  rate: 'format.rate',
  channels: 'format.channels',
  map: 'format.channel_map',
} as const;

/** What a stream sounds in. */
export interface PcmShape {
  readonly spec: SampleSpec;
  readonly map: ChannelMap;
}

/** The format that a stream has, for the reply that opens it. */
export function formatOf({ spec, map }: PcmShape): FormatInfo {
  const properties = proplistOf({
    [KEY.format]: JSON.stringify(spec.format),
    [KEY.rate]: JSON.stringify(spec.rate),
    [KEY.channels]: JSON.stringify(spec.channels),
    [KEY.map]: JSON.stringify(nameOfMap(map)),
  });
  return { encoding: ENCODING.PCM, properties };
}

/**
 * The first of the formats that is PCM, as a shape: of lists and ranges what is nearest to `usual`, and `usual` for what
 * is left open. Undefined where none can be had.
 */
export function choosePcm(formats: readonly FormatInfo[], usual: SampleSpec): PcmShape | undefined {
  for (const format of formats) {
    const shape = format.encoding === ENCODING.PCM ? shapeOf(format.properties, usual) : undefined;
    if (shape) return shape;
  }
  return undefined;
}

function shapeOf(properties: Proplist, usual: SampleSpec): PcmShape | undefined {
  const said = (key: string): Said => parse(textOf(properties, key));
  const format = choose(said(KEY.format), usual.format);
  const rate = chooseNumber(said(KEY.rate), usual.rate, RATE_MAX);
  const names = choose(said(KEY.map), '');
  const map = typeof names === 'string' && names !== '' ? mapOfName(names) : undefined;
  const channels = chooseNumber(said(KEY.channels), map?.length ?? usual.channels, CHANNELS_MAX);
  if (!isPulseFormat(format) || rate === undefined || channels === undefined) return undefined;
  if (names !== '' && map?.length !== channels) return undefined;
  const shape = { spec: { format, rate, channels }, map: map ?? usualMap(channels) };
  return isSpec(shape.spec) && isMap(shape.map) ? shape : undefined;
}

/** JSON of a client's: a value, a list of them, a range, `undefined` for nothing said, `null` for nonsense. */
type Said = unknown;

function parse(text: string | undefined): Said {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function choose(said: Said, usual: string): unknown {
  if (said === undefined) return usual;
  if (!Array.isArray(said)) return said;
  return said.includes(usual) ? usual : said[0];
}

function chooseNumber(said: Said, usual: number, max: number): number | undefined {
  const chosen = said === undefined ? usual : nearest(said, usual);
  return chosen !== undefined && Number.isInteger(chosen) && chosen >= 1 && chosen <= max ? chosen : undefined;
}

function nearest(said: Said, wanted: number): number | undefined {
  if (typeof said === 'number') return said;
  if (Array.isArray(said)) {
    const numbers = said.filter((item) => typeof item === 'number');
    return numbers.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0];
  }
  if (typeof said !== 'object' || said === null || !('min' in said) || !('max' in said)) return undefined;
  const { min, max } = said;
  if (typeof min !== 'number' || typeof max !== 'number' || min > max) return undefined;
  return Math.min(max, Math.max(min, wanted));
}

export const formatInfo: Codec<FormatInfo> = {
  read(from, version) {
    from.expect(TAG.FORMAT_INFO);
    return { encoding: from.u8(), properties: proplist.read(from, version) };
  },
  write(to, { encoding, properties }, version) {
    to.bareU8(TAG.FORMAT_INFO);
    to.u8(encoding);
    proplist.write(to, properties, version);
  },
};
