import { weir } from '#proto';
import type { SampleFormat } from '../frame-spec.js';

/** The wire's numbers and the words that programs and people use for them. */

export type { SampleFormat };
export type Direction = 'playback' | 'record';
export type TransportName = 'ring' | 'copies';
export type CodecName = 'pcm' | 'opus';
export type StreamStateName = 'filling' | 'playing' | 'starved' | 'paused' | 'draining' | 'orphaned' | 'unknown';
export type StreamEventKind = 'started' | 'starved' | 'dropped' | 'moved' | 'closed' | 'timing' | 'orphaned';

const v1 = weir.v1;

export const FORMAT_NUMBER: Readonly<Record<SampleFormat, weir.v1.SampleFormat>> = {
  s16: v1.SampleFormat.S16,
  s24: v1.SampleFormat.S24,
  s32: v1.SampleFormat.S32,
  f32: v1.SampleFormat.F32,
};

const formats = new Map<number, SampleFormat>([
  [v1.SampleFormat.S16, 's16'],
  [v1.SampleFormat.S24, 's24'],
  [v1.SampleFormat.S32, 's32'],
  [v1.SampleFormat.F32, 'f32'],
]);

/** A number that this client does not know reads as f32, which is what every mixer is inside. */
export const formatWord = (number: number | null | undefined): SampleFormat => formats.get(number ?? 0) ?? 'f32';

export const directionWord = (number: number | null | undefined): Direction =>
  number === v1.Direction.RECORD ? 'record' : 'playback';

export const transportWord = (number: number | null | undefined): TransportName =>
  number === v1.Transport.RING ? 'ring' : 'copies';

/** A server that says nothing of codecs knows none but PCM. */
export const codecWord = (number: number | null | undefined): CodecName => (number === v1.Codec.OPUS ? 'opus' : 'pcm');

const states = new Map<number, StreamStateName>([
  [v1.StreamState.FILLING, 'filling'],
  [v1.StreamState.PLAYING, 'playing'],
  [v1.StreamState.STREAM_STARVED, 'starved'],
  [v1.StreamState.PAUSED, 'paused'],
  [v1.StreamState.DRAINING, 'draining'],
  [v1.StreamState.STREAM_ORPHANED, 'orphaned'],
]);

export const stateWord = (number: number | null | undefined): StreamStateName => states.get(number ?? 0) ?? 'unknown';

const kinds = new Map<number, StreamEventKind>([
  [v1.StreamEvent.Kind.STARTED, 'started'],
  [v1.StreamEvent.Kind.STARVED, 'starved'],
  [v1.StreamEvent.Kind.DROPPED, 'dropped'],
  [v1.StreamEvent.Kind.MOVED, 'moved'],
  [v1.StreamEvent.Kind.CLOSED, 'closed'],
  [v1.StreamEvent.Kind.TIMING, 'timing'],
  [v1.StreamEvent.Kind.ORPHANED, 'orphaned'],
]);

/** Nothing for a kind that a newer server made up: minors only add. */
export const eventWord = (number: number | null | undefined): StreamEventKind | undefined => kinds.get(number ?? 0);
