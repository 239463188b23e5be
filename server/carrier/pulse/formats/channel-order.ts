import { layoutOf } from '../../../policy/channel-map.js';
import { type ChannelMap, POSITIONS } from '../wire/values/channel-map.js';

/** PulseAudio's position that each of our speakers is, and what stands for it where that one is missing. */
const SPEAKERS: Readonly<Record<string, readonly [position: string, otherwise?: string]>> = {
  FL: ['front-left'],
  FR: ['front-right'],
  FC: ['front-center', 'mono'],
  LFE: ['lfe'],
  BC: ['rear-center'],
  BL: ['rear-left', 'side-left'],
  BR: ['rear-right', 'side-right'],
  SL: ['side-left', 'rear-left'],
  SR: ['side-right', 'rear-right'],
};

const positionOf = (name: string | undefined) => (name === undefined ? -1 : POSITIONS.indexOf(name));

/**
 * Which of a client's channels each channel of the ring is; undefined: they are in our order already. Speakers that ours has none for take
 * the places that are left, in order: nothing of the client's goes unheard.
 */
export function channelOrder(map: ChannelMap): Uint8Array | undefined {
  const speakers = layoutOf(map.length);
  const order = speakers.map(() => -1);
  const take = (find: (speaker: string) => number) => {
    speakers.forEach((speaker, place) => {
      const channel = order[place] === -1 ? find(speaker) : -1;
      if (channel >= 0 && !order.includes(channel)) order[place] = channel;
    });
  };
  take((speaker) => map.indexOf(positionOf(SPEAKERS[speaker]?.[0])));
  take((speaker) => map.indexOf(positionOf(SPEAKERS[speaker]?.[1])));
  take(() => map.findIndex((_, channel) => !order.includes(channel)));
  return order.every((channel, place) => channel === place) ? undefined : Uint8Array.from(order);
}

/** How PulseAudio names the speakers of a device with so many channels. */
export function mapOfDevice(channels: number): ChannelMap {
  if (channels === 1) return [positionOf('mono')];
  return layoutOf(channels).map((speaker) => positionOf(SPEAKERS[speaker]?.[0]));
}
