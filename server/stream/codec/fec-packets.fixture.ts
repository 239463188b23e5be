import koffi from 'koffi';
import type { Address } from '../../../native-shim/library.js';
import { OPUS_PACKET_BYTES_MAX } from './limits.js';
import { OPUS_RATE } from './libopus.js';

const PACKET_FRAMES = 960;
/** opus_defines.h */
const APPLICATION_AUDIO = 2049;
const SET = { bitrate: 4002, inbandFec: 4012, packetLossPercent: 4014 } as const;

/** Mono speech as an encoder sends it that expects such a loss: above 0, packets carry their predecessor again. Weir's own do not. */
export function fecPackets(voice: Float32Array, packetLossPercent: number): Uint8Array[] {
  const library = koffi.load('libopus.so.0');
  const create = library.func('void *opus_encoder_create(int rate, int channels, int application, int *error)');
  const set = library.func('int opus_encoder_ctl(void *encoder, int request, ...)');
  const encode = library.func(
    'int opus_encode_float(void *encoder, float *pcm, int frames, uint8_t *into, int sizeBytes)',
  );
  const encoder = create(OPUS_RATE, 1, APPLICATION_AUDIO, new Int32Array(1)) as Address;
  set(encoder, SET.bitrate, 'int', 24_000);
  set(encoder, SET.packetLossPercent, 'int', packetLossPercent);
  set(encoder, SET.inbandFec, 'int', packetLossPercent > 0 ? 1 : 0);
  const packets = Array.from({ length: Math.floor(voice.length / PACKET_FRAMES) }, (_, i) => {
    const pcm = voice.subarray(i * PACKET_FRAMES, (i + 1) * PACKET_FRAMES);
    const into = new Uint8Array(OPUS_PACKET_BYTES_MAX);
    return into.subarray(0, encode(encoder, pcm, PACKET_FRAMES, into, into.length) as number);
  });
  library.func('void opus_encoder_destroy(void *encoder)')(encoder);
  return packets;
}
