import type { Codec } from '../tagstruct/codec.js';
import { TAG } from '../tagstruct/tags.js';
import { readChannels } from './channel-map.js';

/** 100 %. Weir's fader position is a volume over this: both are cubic (policy/volume.ts). */
export const VOLUME_NORM = 0x1_0000;
/** PA_VOLUME_MAX; what is above is no volume. */
export const PULSE_VOLUME_MAX = 0x7fff_ffff;

/** One volume a channel; one alone counts for all of them. */
export type ChannelVolumes = readonly number[];

/** PulseAudio's volume for a fader position (1 is 100 %). */
export function volumeOfPosition(position: number): number {
  return Math.min(PULSE_VOLUME_MAX, Math.round(position * VOLUME_NORM));
}

/** The fader position of a volume. */
export function positionOfVolume(volume: number): number {
  return volume / VOLUME_NORM;
}

/** 1..32 channels, none above the maximum (pa_cvolume_valid). */
export function areVolumes(volumes: ChannelVolumes): boolean {
  return volumes.length > 0 && volumes.every((volume) => volume <= PULSE_VOLUME_MAX);
}

export const channelVolumes: Codec<ChannelVolumes> = {
  read(from) {
    from.expect(TAG.CVOLUME);
    return Array.from({ length: readChannels(from.bareU8()) }, () => from.bareU32());
  },
  write(to, volumes) {
    to.bareU8(TAG.CVOLUME);
    to.bareU8(volumes.length);
    for (const volume of volumes) to.bareU32(volume);
  },
};
