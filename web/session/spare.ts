import { SESSION_LIMITS } from './limits.js';

/**
 * A WebSocket that is open and has said nothing. Where nothing is under way nothing waits to be sent again, so that its first
 * words leave at once after an outage; a new connection would take two round trips before. The server keeps it for a minute,
 * and begins no session before it speaks.
 */
export class Spare {
  readonly #url: URL;
  #socket: WebSocket | undefined;
  /** Takes its place when it is open. */
  #next: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param url where a WebSocket may wait */
  constructor(url: URL) {
    this.#url = url;
  }

  /** From a little later on there is one, unless there is already. */
  keep(): void {
    this.#timer ??= setTimeout(() => this.#renew(), SESSION_LIMITS.spareFirstMs);
  }

  /** The caller's from now on; undefined when there is none. No other comes before it is wanted (`keep`). */
  take(): WebSocket | undefined {
    const socket = this.#socket;
    this.#next?.close();
    this.#next = this.#socket = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return socket?.readyState === WebSocket.OPEN ? socket : undefined;
  }

  drop(): void {
    this.take()?.close();
  }

  #renew(): void {
    this.#next?.close();
    const next = (this.#next = new WebSocket(this.#url));
    next.onopen = () => {
      if (this.#next !== next) return;
      this.#socket?.close();
      this.#socket = next;
      this.#next = undefined;
    };
    this.#timer = setTimeout(() => this.#renew(), SESSION_LIMITS.spareMs);
  }
}
