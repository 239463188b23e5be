import { weir } from '#proto';
import type { FeedPacket } from '../stream/copies/feed-tenant.js';

/** ServerMessage.audio (field 14), length-delimited: the one byte before the length. */
const AUDIO_TAG = (14 << 3) | 2;
const LOW_BITS = 0x7f;
const MORE = 0x80;

/** The part of an AudioPacket that is the same for all who hear it, encoded once. */
const shared = new WeakMap<FeedPacket, Uint8Array>();

function sharedPart(packet: FeedPacket): Uint8Array {
  const known = shared.get(packet);
  if (known) return known;
  const { captureUs, data } = packet;
  const made = weir.v1.AudioPacket.encode({ captureUs, data }).finish();
  shared.set(packet, made);
  return made;
}

/**
 * A ServerMessage with this packet. What is a listener's own (the stream and its position; that it was missed before) comes before what all share:
 * protobuf takes the fields of a message in any order, so that the two can be encoded apart and put side by side.
 */
export function soundMessage(stream: number, frame: number, packet: FeedPacket, again = false): Uint8Array {
  const own = weir.v1.AudioPacket.encode({ stream, frame, ...(again && { again }) }).finish();
  const rest = sharedPart(packet);
  const bytes = own.length + rest.length;
  const message = Buffer.allocUnsafe(1 + varintBytes(bytes) + bytes);
  message[0] = AUDIO_TAG;
  let at = 1;
  for (let left = bytes; ; left >>>= 7) {
    message[at++] = left > LOW_BITS ? (left & LOW_BITS) | MORE : left;
    if (left <= LOW_BITS) break;
  }
  message.set(own, at);
  message.set(rest, at + own.length);
  return message;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes++;
  return bytes;
}
