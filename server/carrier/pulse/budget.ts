import {
  FRAMES_AT_ONCE,
  FRAMES_PER_SECOND,
  SEEKS_AT_ONCE,
  SEEKS_PER_SECOND,
  SOUND_BYTES_AT_ONCE,
  SOUND_BYTES_PER_SECOND,
} from './limits.js';
import { Tally } from './tally.js';

/** What one connection may ask of the server. What it asks beyond waits in its own socket. */
export class Budget {
  readonly frames: Tally;
  readonly soundBytes: Tally;
  readonly seeks: Tally;

  constructor(nowMs: number) {
    this.frames = new Tally(FRAMES_PER_SECOND, FRAMES_AT_ONCE, nowMs);
    this.soundBytes = new Tally(SOUND_BYTES_PER_SECOND, SOUND_BYTES_AT_ONCE, nowMs);
    this.seeks = new Tally(SEEKS_PER_SECOND, SEEKS_AT_ONCE, nowMs);
  }

  isDry(nowMs: number): boolean {
    return this.frames.isDry(nowMs) || this.soundBytes.isDry(nowMs) || this.seeks.isDry(nowMs);
  }
}
