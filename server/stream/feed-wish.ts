import { type Codec, OPUS_FRAMES_US } from './codec/codec.js';
import { OPUS_RATE } from './codec/libopus.js';
import type { FeedWish } from './feed.js';
import { BITRATE_MAX, BITRATE_MIN, BITRATE_PER_CHANNEL, LOW_DELAY_PACKET_US } from './limits.js';
import type { StreamRequest } from './stream.js';

/** Up to this wanted latency, packets of this length. */
const PACKETS: readonly { readonly latencyUs: number; readonly packetUs: number }[] = [
  { latencyUs: 10_000, packetUs: 2500 },
  { latencyUs: 20_000, packetUs: 5000 },
  { latencyUs: 60_000, packetUs: 10_000 },
  { latencyUs: Infinity, packetUs: 20_000 },
];
const NO_WISH_PACKET_US: Readonly<Record<Codec, number>> = { pcm: 10_000, opus: 20_000 };

/** What a listener's feed is like. Listeners of like wishes come to the same one. */
export function feedWish(request: StreamRequest, codec: Codec, client: number): FeedWish {
  const packetUs = packetUsOf(request, codec);
  // A packet may wait for half of itself at most before a quantum completes it.
  const latencyUs = request.latencyUs === 0 ? 0 : 2 * packetUs;
  const minus = request.mixMinus ? { minus: client } : {};
  if (codec === 'pcm') {
    const { spec } = request;
    return { spec, packetFrames: Math.ceil((spec.rate * packetUs) / 1e6), latencyUs, ...minus };
  }
  const { channels } = request.spec;
  const bitrate = Math.min(Math.max(request.opus.bitrate || channels * BITRATE_PER_CHANNEL, BITRATE_MIN), BITRATE_MAX);
  const lowDelay = request.opus.lowDelay || packetUs <= LOW_DELAY_PACKET_US;
  return {
    spec: { format: 'f32', rate: OPUS_RATE, channels },
    packetFrames: (OPUS_RATE * packetUs) / 1e6,
    latencyUs,
    opus: { channels, bitrate, lowDelay },
    ...minus,
  };
}

function packetUsOf({ latencyUs, opus }: StreamRequest, codec: Codec): number {
  if (codec === 'opus' && OPUS_FRAMES_US.includes(opus.frameUs)) return opus.frameUs;
  const step = PACKETS.find((candidate) => latencyUs > 0 && latencyUs <= candidate.latencyUs);
  return step?.packetUs ?? NO_WISH_PACKET_US[codec];
}
