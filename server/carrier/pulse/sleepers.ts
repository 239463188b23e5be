import { NAP_MS } from './limits.js';

/** Connections that are not read for a while: they asked for more than their share. One timer for all of them. */
export class Sleepers {
  #wakes: (() => void)[] = [];
  #turns = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Calls `wake` after a nap. */
  add(wake: () => void): void {
    this.#wakes.push(wake);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const wakes = this.#wakes;
      this.#wakes = [];
      // What a process has left may not do for all of its connections: each time another one is the first.
      const first = this.#turns++ % wakes.length;
      for (const up of [...wakes.slice(first), ...wakes.slice(0, first)]) up();
    }, NAP_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#wakes = [];
  }
}
