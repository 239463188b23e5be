import { weir } from '#proto';
import type { SampleFormat } from '../device/output-driver.js';
import type { Codec } from '../stream/codec/codec.js';
import type { Direction, Transport } from '../stream/stream.js';

/** Our own words for the wire's numbers, and back. */
const FORMATS = { 1: 's16', 2: 's24', 3: 's32', 4: 'f32' } as const satisfies Record<number, SampleFormat>;
const DIRECTIONS = { 1: 'playback', 2: 'record' } as const satisfies Record<number, Direction>;
const TRANSPORTS = { 1: 'ring', 2: 'copies' } as const satisfies Record<number, Transport>;
/** What is not in it becomes PCM. */
const CODECS = { 1: 'pcm', 2: 'opus' } as const satisfies Record<number, Codec>;

function lookUp<T>(table: Readonly<Record<number, T>>, value: number | null | undefined): T | undefined {
  return table[value ?? 0];
}

export const formatOf = (value: number | null | undefined) => lookUp<SampleFormat>(FORMATS, value);
export const directionOf = (value: number | null | undefined) => lookUp<Direction>(DIRECTIONS, value);
export const codecOf = (value: number | null | undefined): Codec => lookUp<Codec>(CODECS, value) ?? 'pcm';
export const transportOf = (value: number | null | undefined) => lookUp<Transport>(TRANSPORTS, value);

export const FORMAT_WORD: Readonly<Record<SampleFormat, weir.v1.SampleFormat>> = {
  s16: weir.v1.SampleFormat.S16,
  s24: weir.v1.SampleFormat.S24,
  s32: weir.v1.SampleFormat.S32,
  f32: weir.v1.SampleFormat.F32,
};
export const DIRECTION_WORD: Readonly<Record<Direction, weir.v1.Direction>> = {
  playback: weir.v1.Direction.PLAYBACK,
  record: weir.v1.Direction.RECORD,
};
export const CODEC_WORD: Readonly<Record<Codec, weir.v1.Codec>> = {
  pcm: weir.v1.Codec.PCM,
  opus: weir.v1.Codec.OPUS,
};
export const TRANSPORT_WORD: Readonly<Record<Transport, weir.v1.Transport>> = {
  ring: weir.v1.Transport.RING,
  copies: weir.v1.Transport.COPIES,
  // How it comes to that ring is its carrier's affair: to others it is sound that was copied.
  private: weir.v1.Transport.COPIES,
};

const { StreamState } = weir.v1;
const STATES = [
  StreamState.STREAM_STATE_UNSPECIFIED,
  StreamState.FILLING,
  StreamState.PLAYING,
  StreamState.STREAM_STARVED,
  StreamState.PAUSED,
  StreamState.DRAINING,
  StreamState.STREAM_ORPHANED,
] as const;

/** The engine's number for a stream's state (STREAM_STATE) as the wire's. */
export function stateWord(state: number): weir.v1.StreamState {
  return STATES[state] ?? StreamState.STREAM_STATE_UNSPECIFIED;
}
