import { SESSION_LIMITS } from './limits.js';

/** When to try again for a better carrier, while a worse one does: at once, then after waits that grow as long as it does not last. */
export class BetterTries {
  readonly #tryNow: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitMs: number = SESSION_LIMITS.betterFirstMs;
  #gotMs: number | undefined;

  constructor(tryNow: () => void) {
    this.#tryNow = tryNow;
  }

  /** There is a connection, and none better is on its way. */
  start(): void {
    this.stop();
    if (this.#gotMs === undefined) return this.#tryNow();
    if (performance.now() - this.#gotMs > SESSION_LIMITS.betterProvenMs) this.#waitMs = SESSION_LIMITS.betterFirstMs;
    this.#gotMs = undefined;
    this.#later();
  }

  got(): void {
    this.#gotMs = performance.now();
  }

  failed(): void {
    this.#later();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#tryNow, this.#waitMs);
    this.#waitMs = Math.min(this.#waitMs * 2, SESSION_LIMITS.betterLongestMs);
  }
}
