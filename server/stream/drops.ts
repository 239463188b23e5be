import type { ErrorCode } from '../observe/errors.js';
import { DROPS_TOLD_INTERVAL_MS } from './limits.js';

/** Frames of one kind that were not heard: told at once, then at most every DROPS_TOLD_INTERVAL_MS. */
export class Drops {
  frames = 0;
  readonly #code: ErrorCode;
  readonly #dropped: (frames: number, code: ErrorCode) => void;
  #toldFrames = 0;
  #toldAtMs = -Infinity;

  constructor(code: ErrorCode, dropped: (frames: number, code: ErrorCode) => void) {
    this.#code = code;
    this.#dropped = dropped;
  }

  tell(nowMs: number): void {
    if (this.frames === this.#toldFrames || nowMs - this.#toldAtMs < DROPS_TOLD_INTERVAL_MS) return;
    this.#dropped(this.frames - this.#toldFrames, this.#code);
    this.#toldFrames = this.frames;
    this.#toldAtMs = nowMs;
  }
}
