import { WeirError } from '../../../../observe/errors.js';
import { CHANNELS_MAX } from '../limits.js';
import type { Codec } from '../tagstruct/codec.js';
import { TAG } from '../tagstruct/tags.js';

const AUX = Array.from({ length: 32 }, (_, index) => `aux${index}`);

/** In the order of their numbers, by the names that stand in format.channel_map. */
export const POSITIONS: readonly string[] = [
  'mono', 'front-left', 'front-right', 'front-center', 'rear-center', 'rear-left', 'rear-right', 'lfe',
  'front-left-of-center', 'front-right-of-center', 'side-left', 'side-right', ...AUX, 'top-center', 'top-front-left',
  'top-front-right', 'top-front-center', 'top-rear-left', 'top-rear-right', 'top-rear-center',
]; // prettier-ignore

const NUMBER_OF = new Map(POSITIONS.map((name, index) => [name, index]));

/** One position a channel, by its number. */
export type ChannelMap = readonly number[];

const MONO = [0];
const STEREO = [1, 2];
const SURROUND = [...STEREO, 5, 6, 3, 7, 10, 11];
/** By number of channels, in ALSA's order (pa_channel_map_init_auto with PA_CHANNEL_MAP_ALSA). */
const USUAL: readonly (ChannelMap | undefined)[] = [
  undefined,
  MONO,
  STEREO,
  [...STEREO, 7],
  SURROUND.slice(0, 4),
  SURROUND.slice(0, 5),
  SURROUND.slice(0, 6),
  undefined,
  SURROUND,
];

/** The positions that so many channels usually have; where nothing is usual, they are auxiliary. */
export function usualMap(channels: number): ChannelMap {
  return USUAL[channels] ?? Array.from({ length: channels }, (_, index) => 12 + index);
}

export function isMap(map: ChannelMap): boolean {
  return map.length > 0 && map.every((position) => position < POSITIONS.length);
}

/** As format.channel_map has it; the map is valid. */
export function nameOfMap(map: ChannelMap): string {
  return map.map((position) => POSITIONS[position] ?? 'invalid').join(',');
}

export function mapOfName(name: string): ChannelMap | undefined {
  const positions = name.split(',', CHANNELS_MAX + 1).map((part) => NUMBER_OF.get(part));
  const map = positions.filter((position) => position !== undefined);
  return map.length === positions.length && map.length <= CHANNELS_MAX ? map : undefined;
}

/** How many channels a map or a volume has: more are no value of the protocol. */
export function readChannels(said: number): number {
  if (said > CHANNELS_MAX) throw new WeirError('BAD_MESSAGE', `${said} channels; ${CHANNELS_MAX} is the limit`);
  return said;
}

export const channelMap: Codec<ChannelMap> = {
  read(from) {
    from.expect(TAG.CHANNEL_MAP);
    return Array.from({ length: readChannels(from.bareU8()) }, () => from.bareU8());
  },
  write(to, map) {
    to.bareU8(TAG.CHANNEL_MAP);
    to.bareU8(map.length);
    for (const position of map) to.bareU8(position);
  },
};
