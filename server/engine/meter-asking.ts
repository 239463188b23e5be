import type { BlockReader } from './blocks.js';

/** Nobody has looked at the meters for so long that what they gathered is of another time. */
const FORGOTTEN_MS = 500;

/** Asks an engine thread for its meters, as often as somebody looks. */
export class MeterAsking {
  #askedMs = 0;
  /** The engine gathers while nobody asks: the levels lying there, and those gathered since, are old. */
  #stale = 0;

  /** True when new levels are there; asks for the next ones. */
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
