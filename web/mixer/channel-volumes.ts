import type { DeviceState } from '../session/mixer-state.js';
import { percent } from './volume.js';

/** What people call the speakers of an output with so many channels, in its order (server/policy/channel-map.ts). */
const SPEAKERS: readonly (readonly string[])[] = [
  ['C'],
  ['L', 'R'],
  ['L', 'R', 'C'],
  ['L', 'R', 'BL', 'BR'],
  ['L', 'R', 'C', 'BL', 'BR'],
  ['L', 'R', 'C', 'LFE', 'BL', 'BR'],
  ['L', 'R', 'C', 'LFE', 'BC', 'SL', 'SR'],
  ['L', 'R', 'C', 'LFE', 'BL', 'BR', 'SL', 'SR'],
];

/**
 * Where each channel stands, as other programs show it (pavucontrol): "L 30 % · R 60 %". Undefined where they are alike: the fader says it
 * all. A balance that was for other channels counts for nothing.
 */
export function channelVolumes({ volume, balance, channels }: Pick<DeviceState, 'volume' | 'balance' | 'channels'>) {
  if (balance.length === 0 || balance.length !== channels) return undefined;
  const speakers = SPEAKERS[channels - 1] ?? [];
  return balance.map((share, i) => `${speakers[i] ?? i + 1} ${percent(volume * share)}`).join(' · ');
}
