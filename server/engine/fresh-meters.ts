import type { BlockReader } from './blocks.js';

/** Nobody has looked at the meters for so long that what they gathered is of another time. */
const FORGOTTEN_MS = 500;

/** Asks an engine thread for levels. It gathers while nobody asks: what lies there when somebody looks again is left out. */
export class FreshMeters {
  #askedMs = 0;
  /** The levels lying there, and those gathered since. */
  #stale = 0;

  /** True when new levels are there; asks for the next ones. Without `blocks` no thread runs. */
  take(blocks: BlockReader | undefined): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#askedMs > FORGOTTEN_MS) this.#stale = 2;
    this.#askedMs = nowMs;
    if (!blocks?.metersReady) return false;
    blocks.askMeters();
    if (this.#stale === 0) return true;
    this.#stale--;
    return false;
  }
}
