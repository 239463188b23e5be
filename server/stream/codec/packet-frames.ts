import type { FrameSpec } from '../../device/output-driver.js';
import { frameBytesOf } from '../frame-bytes.js';
import type { Codec } from './codec.js';
import { opusPacketFrames } from './libopus.js';
import { PACKET_MS_MAX } from './limits.js';

/** Frames that a packet of a live stream holds; undefined where it cannot be one. */
export function packetFramesOf(packet: Uint8Array, codec: Codec, spec: FrameSpec): number | undefined {
  if (codec === 'opus') return opusPacketFrames(packet);
  const frames = packet.length / frameBytesOf(spec);
  return Number.isInteger(frames) && frames > 0 && frames <= packetFramesMax(spec) ? frames : undefined;
}

export function packetFramesMax({ rate }: FrameSpec): number {
  return Math.floor((rate * PACKET_MS_MAX) / 1000);
}
