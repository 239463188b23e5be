import { weir } from '#proto';
import { WeirError } from '../observe/errors.js';
import { isVolume } from '../policy/volume.js';
import {
  CHANNELS_MAX,
  LATENCY_MAX_US,
  LATENCY_MIN_US,
  NAME_CHARACTERS_MAX,
  RATE_MAX_HZ,
  RATE_MIN_HZ,
} from '../stream/limits.js';
import { OPUS_FRAMES_US, type OpusWish, opusCarries } from '../stream/codec/codec.js';
import type { StreamRequest } from '../stream/stream.js';
import { DEVICE_NAME_CHARACTERS_MAX } from './limits.js';
import { codecOf, directionOf, formatOf, transportOf } from './words.js';

const STREAM_ID_BYTES = 16;

/** A stranger's wish, checked: from here on it is typed and within every limit. */
export function parseOpen(wish: weir.v1.IOpenStream, canMapMemory: boolean): StreamRequest | WeirError {
  const id = wish.id ?? new Uint8Array();
  if (id.length !== STREAM_ID_BYTES) {
    return new WeirError('STREAM_ID_INVALID', `the stream's id has ${id.length} bytes, not ${STREAM_ID_BYTES}`);
  }
  const direction = directionOf(wish.direction);
  if (!direction) return new WeirError('BAD_MESSAGE', `OpenStream.direction ${wish.direction ?? 0} is not known`);
  const transport = transportOf(wish.transport);
  if (!transport) return new WeirError('BAD_MESSAGE', `OpenStream.transport ${wish.transport ?? 0} is not known`);
  const spec = parseSpec(wish);
  if (spec instanceof WeirError) return spec;
  const latencyUs = wish.latencyUs ?? 0;
  if (latencyUs !== 0 && (latencyUs < LATENCY_MIN_US || latencyUs > LATENCY_MAX_US)) {
    return new WeirError('LATENCY_OUT_OF_RANGE', `a latency of ${latencyUs / 1000} ms`);
  }
  const opus = parseOpus(wish.opus ?? {});
  if (opus instanceof WeirError) return opus;
  const volume = wish.volume ?? 1;
  if (!isVolume(volume)) return new WeirError('VOLUME_OUT_OF_RANGE', `a volume of ${volume}`);
  // A peer that cannot map memory gets copies, whatever it asked for.
  const copies = transport === 'copies' || !canMapMemory;
  const live = copies && direction === 'playback' && (wish.live ?? false);
  // What cannot be had becomes PCM.
  const codec = copies && codecOf(wish.codec) === 'opus' && opusCarries(spec) ? 'opus' : 'pcm';
  return {
    id: Buffer.from(id).toString('hex'),
    epoch: wish.epoch ?? 0,
    direction,
    name: readableName(wish.name, NAME_CHARACTERS_MAX) || 'unnamed',
    device: deviceName(wish.device),
    // Opus is decoded to floats, whatever was asked for.
    spec: codec === 'opus' && direction === 'playback' ? { ...spec, format: 'f32' } : spec,
    latencyUs,
    transport: copies ? 'copies' : 'ring',
    volume,
    paused: wish.paused ?? false,
    mixMinus: wish.mixMinus ?? false,
    solo: 0,
    fixed: false,
    live,
    purpose: wish.purpose === weir.v1.Purpose.TALK ? 'talk' : 'music',
    resume: copies && (wish.resume ?? false),
    codec,
    opus,
  };
}

function parseOpus({ frameUs, bitrate, lowDelay }: weir.v1.IOpusWish): OpusWish | WeirError {
  const wish = { frameUs: frameUs ?? 0, bitrate: bitrate ?? 0, lowDelay: lowDelay ?? false };
  if (wish.frameUs === 0 || OPUS_FRAMES_US.includes(wish.frameUs)) return wish;
  return new WeirError(
    'FORMAT_UNSUPPORTED',
    `Opus frames of ${wish.frameUs} µs: there are ${OPUS_FRAMES_US.join(', ')}`,
  );
}

/** The frames of a stream or sample, within limits. */
export function parseSpec(wish: Pick<weir.v1.IOpenStream, 'format' | 'rate' | 'channels'>) {
  const format = formatOf(wish.format);
  const rate = wish.rate ?? 0;
  const channels = wish.channels ?? 0;
  const known = format && rate >= RATE_MIN_HZ && rate <= RATE_MAX_HZ && channels >= 1 && channels <= CHANNELS_MAX;
  if (!known) {
    return new WeirError('FORMAT_UNSUPPORTED', `format ${wish.format ?? 0}, ${channels} channels, ${rate} Hz`);
  }
  return { format, rate, channels };
}

/** A stranger's word for a device: no device has a name that this changes. */
export function deviceName(name: string | null | undefined): string {
  return readableName(name, DEVICE_NAME_CHARACTERS_MAX);
}

/** What a stranger calls something, fit to be shown: no control or direction-changing characters, not too long. */
export function readableName(name: string | null | undefined, charactersMax: number): string {
  return Array.from((name ?? '').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').trim())
    .slice(0, charactersMax)
    .join('');
}
