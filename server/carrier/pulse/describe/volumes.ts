import { VOLUME_MAX } from '../../../policy/volume.js';
import { type ChannelVolumes, positionOfVolume, volumeOfPosition } from '../wire/values/volume.js';

/** A fader as so many channels' volumes. */
export function volumesOf(position: number, channels: number): ChannelVolumes {
  return Array<number>(channels).fill(volumeOfPosition(position));
}

/** The fader position of channels' volumes: that of the loudest. Beyond its end it stays there. */
export function positionOf(volumes: ChannelVolumes): number {
  return Math.min(VOLUME_MAX, positionOfVolume(Math.max(...volumes)));
}
