import { weir } from '#proto';
import { endlessWavHeader } from '../../device/wav-header.js';
import type { PlayerFormat } from './player-format.js';

const RATE = 48_000;
const CHANNELS = 2;

/** WAV whose sizes say that nobody knows them. */
export const ENDLESS_WAV: PlayerFormat = {
  contentType: 'audio/wav',
  wish: { codec: weir.v1.Codec.PCM, format: weir.v1.SampleFormat.S16, rate: RATE, channels: CHANNELS },
  begin: () => ({
    head: () => endlessWavHeader({ format: 's16', rate: RATE, channels: CHANNELS }),
    packet: (data) => data,
    end: () => new Uint8Array(),
  }),
};
