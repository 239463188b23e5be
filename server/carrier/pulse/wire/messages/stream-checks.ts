import type { ChannelMap } from '../values/channel-map.js';
import { isMap } from '../values/channel-map.js';
import { type DeviceRef, isRef } from '../values/device-ref.js';
import type { FormatInfo } from '../values/format-info.js';
import { isSpec, type SaidSpec } from '../values/sample-spec.js';
import { areVolumes, type ChannelVolumes } from '../values/volume.js';

/** What both kinds of streams ask for. */
export interface StreamWish {
  readonly spec: SaidSpec;
  readonly map: ChannelMap;
  readonly volume: ChannelVolumes;
  readonly formats: readonly FormatInfo[];
}

/**
 * What is wrong with the wish for a stream, in words. With formats to choose from, spec, map and the number of volumes
 * say nothing: mpv sends an empty spec, no map and 32 volumes.
 */
export function wrongStream({ spec, map, formats }: StreamWish, device: DeviceRef): string | undefined {
  if (!isRef(device)) return 'a device by index and name at once, or by no name';
  if (formats.length > 0) return undefined;
  if (!isSpec(spec)) return 'no sample format, channels or rate of the protocol';
  return isMap(map) && map.length === spec.channels ? undefined : 'a channel map that does not go with the channels';
}

export function wrongVolumes({ spec, volume, formats }: StreamWish): string | undefined {
  if (!areVolumes(volume)) return 'a volume beyond the largest, or none';
  if (formats.length > 0 || volume.length === spec.channels) return undefined;
  return 'volumes that do not go with the channels';
}
