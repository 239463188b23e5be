import type { Failure } from '../session/failure.js';
import type { CaptureLine } from './capture-line.js';
import type { StreamSeed } from './stream-seed.js';

/** What a stream is for: `talk` has the lowest latency that mostly holds, `music` no gap that more latency could spare. */
export type Purpose = 'talk' | 'music';

/** What a person may wish of how sound travels; `auto` is right for where the server is. */
export interface Tuning {
  readonly purpose: Purpose;
  readonly codec: 'auto' | 'pcm' | 'opus';
  readonly latencyMs: 'auto' | number;
}

/** And of a playback stream. */
export interface PlayWish extends Tuning {
  /** Output to play to; empty is the default one. */
  readonly device: string;
}

/** Who was in the way of Opus that was wanted: the browser, a rate that it does not know, or the server. */
export type PcmReason = 'browser' | 'rate' | 'server';

/** All of a file, one array a channel. */
export interface DecodedSound {
  readonly kind: 'decoded';
  readonly channels: readonly Float32Array[];
}

/** What is captured as it comes. */
export interface CapturedSound {
  readonly kind: 'captured';
  readonly line: CaptureLine;
  /** From the microphone to the line, as far as the browser tells. */
  readonly inputLatencyUs: number;
}

export interface Level {
  readonly volume: number;
  readonly muted: boolean;
}

/** Page to worker: play this. */
export interface PlayOrder {
  readonly seed: StreamSeed;
  readonly name: string;
  readonly rate: number;
  readonly wish: PlayWish;
  readonly sound: DecodedSound | CapturedSound;
  /** Where it was when its last worker died, if so. */
  readonly paused: boolean;
  readonly fromFrame: number;
  readonly level: Level | undefined;
}

export type PlaybackPhase = 'opening' | 'playing' | 'draining' | 'reconnecting' | 'ended';

/** Worker to page. */
export interface PlayStatus {
  readonly of: 'play';
  readonly phase: PlaybackPhase;
  readonly paused: boolean;
  /** Its number in the mixer, while it has one. */
  readonly stream: number | undefined;
  readonly device: string;
  readonly codec: 'pcm' | 'opus';
  readonly pcmReason: PcmReason | undefined;
  /** How far the output has taken it, counted from the source's start. */
  readonly positionFrames: number;
  readonly sentFrames: number;
  /** Frames thrown away on the way, here and at the server. */
  readonly droppedFrames: number;
  readonly level: Level | undefined;
  readonly failure: Failure | undefined;
}
