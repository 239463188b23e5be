import { NAP_MS } from './limits.js';

/** Connections that are not read for a while: they asked for more than their share. One timer for all of them. */
export class Sleepers {
  #wakes = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls `wake` after a nap. */
  add(wake: () => void): void {
    this.#wakes.add(wake);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const wakes = this.#wakes;
      this.#wakes = new Set();
      for (const up of wakes) up();
    }, NAP_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#wakes.clear();
  }
}
