import { weir } from '#proto';
import { CHANNELS, PLAY_LIMITS, RATE } from '../limits.js';
import type { PcmReason, PlayWish } from '../play-order.js';
import { isLoopback, wireFormatFor, type WireFormat } from '../samples.js';
import type { OpusSettings } from './opus-encoder.js';

const { Codec, Direction, Purpose, Transport } = weir.v1;

/** What a playback stream asks the server for. */
export interface SendingPlan {
  readonly format: WireFormat;
  /** Undefined: PCM. */
  readonly opus: OpusSettings | undefined;
  /** Why not Opus, where it was wanted. */
  readonly pcmReason: PcmReason | undefined;
  /** 0: as the network needs. */
  readonly latencyUs: number;
}

/**
 * Of packets this long the headers take little; short ones cost more of them, and are for who waits for each. Live music does
 * without the look-ahead for speech: 4 ms.
 */
const musicSettings = (live: boolean): OpusSettings => ({
  frameUs: 20_000,
  bitrate: PLAY_LIMITS.opusBitrate,
  lowDelay: live,
});

/** Where packets get lost and cannot be waited for: short ones that mend each other, for no more bytes a second in all. */
export const guardedSettings = (opus: OpusSettings): OpusSettings => ({
  ...opus,
  frameUs: Math.min(opus.frameUs, PLAY_LIMITS.guardedFrameUs),
  bitrate: PLAY_LIMITS.guardedBitrate,
});

function talkSettings({ latencyMs }: PlayWish): OpusSettings {
  const { talkFrames } = PLAY_LIMITS;
  const wantedMs = latencyMs === 'auto' ? Infinity : latencyMs;
  const { frameUs } = talkFrames.find(({ belowMs }) => wantedMs < belowMs) ?? { frameUs: PLAY_LIMITS.talkFrameUs };
  return { frameUs, bitrate: PLAY_LIMITS.opusBitrate, lowDelay: true };
}

/** Full floats where the bytes cost nothing, Opus where they cross a network; what a person asked for beats both. */
export function planFor(wish: PlayWish, live: boolean, rate: number, hostname: string): SendingPlan {
  const local = isLoopback(hostname);
  const codec = wish.codec === 'auto' ? (local ? 'pcm' : 'opus') : wish.codec;
  const opus = wish.purpose === 'talk' ? talkSettings(wish) : musicSettings(live);
  const autoUs = live ? 0 : local ? PLAY_LIMITS.localFileLatencyUs : PLAY_LIMITS.farFileLatencyUs;
  return {
    format: wireFormatFor(hostname),
    // Opus knows a few rates only, and frames are counted at the stream's.
    opus: codec === 'opus' && rate === RATE ? opus : undefined,
    pcmReason: codec === 'opus' && rate !== RATE ? 'rate' : undefined,
    latencyUs: wish.latencyMs === 'auto' ? autoUs : wish.latencyMs * 1000,
  };
}

/** The plan in the server's words. */
export function openStreamFor(
  { format, opus, latencyUs }: SendingPlan,
  wish: PlayWish,
  { name, rate, live }: { readonly name: string; readonly rate: number; readonly live: boolean },
): Omit<weir.v1.OpenStream.$Properties, 'id' | 'epoch'> {
  return {
    direction: Direction.PLAYBACK,
    name,
    device: wish.device,
    format,
    rate,
    channels: CHANNELS,
    latencyUs,
    transport: Transport.COPIES,
    live,
    purpose: wish.purpose === 'talk' ? Purpose.TALK : Purpose.MUSIC,
    codec: opus ? Codec.OPUS : Codec.PCM,
    ...(opus && { opus }),
  };
}
