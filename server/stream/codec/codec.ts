import type { FrameSpec } from '../../device/output-driver.js';
import { opusAvailable, OPUS_RATE } from './libopus.js';

/** How a stream's packets carry its frames. */
export type Codec = 'pcm' | 'opus';

/** What a client asked of Opus; 0 is our choice. */
export interface OpusWish {
  /** 2500, 5000, 10000 or 20000. */
  readonly frameUs: number;
  readonly bitrate: number;
  readonly lowDelay: boolean;
}

export const OPUS_FRAMES_US: readonly number[] = [2500, 5000, 10_000, 20_000];

/** Whether Opus can carry such frames here. What it cannot carry travels as PCM. */
export function opusCarries({ rate, channels }: FrameSpec): boolean {
  return opusAvailable && rate === OPUS_RATE && channels <= 2;
}
