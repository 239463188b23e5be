import { SESSION_LIMITS } from './limits.js';

/**
 * Asks over HTTP whether the network is back, again and again, by connections of their own. Whatever was begun while nothing
 * got through waits ever longer before it tries again (RFC 6298, RFC 9002), and nothing above it can make it try; what is
 * begun after the end of an outage does not. By requests, because other connections cannot be tried like this: a browser
 * opens one WebSocket at a time to a server, and after some that failed makes each next one wait for seconds (in Chromium
 * WebSocketEndpointLockManager, WebSocketThrottler and WebTransportThrottleContext).
 */
export class Knocks {
  readonly #url: URL;
  readonly #answered: () => void;
  readonly #waiting = new Set<AbortController>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param url what anybody gets from the server @param answered told once, then it knocks no more */
  constructor(url: URL, answered: () => void) {
    this.#url = url;
    this.#answered = answered;
  }

  /** Begins, unless it does already. The round trip is the shortest that was seen. */
  start(roundTripUs: number): void {
    if (this.#timer !== undefined) return;
    this.#goOn(performance.now(), SESSION_LIMITS.knockMs + (4 * roundTripUs) / 1000);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const knock of this.#waiting) knock.abort();
    this.#waiting.clear();
  }

  #goOn(sinceMs: number, waitMs: number): void {
    const { knocks, knockGapMs, oftenMs, seldomMs } = SESSION_LIMITS;
    const pauseMs = performance.now() - sinceMs < oftenMs ? Math.max(knockGapMs, waitMs / knocks) : seldomMs;
    this.#timer = setTimeout(() => this.#goOn(sinceMs, waitMs), pauseMs);
    void this.#knock(waitMs);
  }

  async #knock(waitMs: number): Promise<void> {
    const knock = new AbortController();
    const late = setTimeout(() => knock.abort(), waitMs);
    this.#waiting.add(knock);
    try {
      await fetch(this.#url, { cache: 'no-store', credentials: 'omit', signal: knock.signal });
      if (!this.#waiting.has(knock)) return;
      this.stop();
      this.#answered();
    } catch {
      // Not back yet, or nobody listens.
    } finally {
      clearTimeout(late);
      this.#waiting.delete(knock);
    }
  }
}
