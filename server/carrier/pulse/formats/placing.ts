import type { ChannelMap } from '../wire/values/channel-map.js';
import { channelOrder, mapOfDevice } from './channel-order.js';

/** No channel: silence. */
const NONE = 0xff;

/** What a stream says of its channels' way (PulseAudio's PA_STREAM_NO_REMAP_CHANNELS and PA_STREAM_NO_REMIX_CHANNELS). */
export interface RemapFlags {
  readonly noRemap: boolean;
  readonly noRemix: boolean;
}

/** How a client's channels lie in its ring. */
export interface Placing {
  /** Of the ring. */
  readonly channels: number;
  /** Which of the client's channels each of the ring's is, NONE where it is none; undefined: they are the same. */
  readonly order: Uint8Array | undefined;
  /** For the other direction. */
  readonly inverse: Uint8Array | undefined;
}

/**
 * The ring has the client's channels, and the engine mixes them to the speakers that the output has. For a client that wants no mixing it
 * has the channels of the output that the stream begins on, and each is one of the client's or silent: the one of its number (no_remap), or
 * of its name (no_remix).
 */
export function placingOf(map: ChannelMap, { noRemap, noRemix }: RemapFlags, outputChannels: number): Placing {
  if (!noRemap && !noRemix) return usualPlacing(map);
  const speakers = mapOfDevice(outputChannels);
  if (noRemap)
    return placing(
      map,
      Uint8Array.from(speakers, (_, place) => (place < map.length ? place : NONE)),
    );
  return placing(
    map,
    Uint8Array.from(speakers, (speaker) => (map.includes(speaker) ? map.indexOf(speaker) : NONE)),
  );
}

/** As the engine mixes it. */
export const usualPlacing = (map: ChannelMap): Placing => placing(map, channelOrder(map));

function placing(map: ChannelMap, order: Uint8Array | undefined): Placing {
  if (!order || (order.length === map.length && order.every((channel, place) => channel === place))) {
    return { channels: map.length, order: undefined, inverse: undefined };
  }
  const inverse = new Uint8Array(map.length).fill(NONE);
  order.forEach((channel, place) => {
    if (channel !== NONE) inverse[channel] = place;
  });
  return { channels: order.length, order, inverse };
}
