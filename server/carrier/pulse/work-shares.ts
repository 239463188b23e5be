import type { Counts } from './counts.js';
import { WORK_MS_AT_ONCE, WORK_MS_PER_SECOND } from './limits.js';
import { Tally } from './tally.js';

/** What each holder of connections (a process, an address) has left of the main thread's time, in ms. */
export class WorkShares<Key> {
  readonly #of = new Map<Key, Tally>();

  of(holder: Key): Tally {
    const known = this.#of.get(holder);
    if (known) return known;
    const fresh = new Tally(WORK_MS_PER_SECOND, WORK_MS_AT_ONCE, performance.now());
    this.#of.set(holder, fresh);
    return fresh;
  }

  /** Forgets who has no connection any more. */
  left(holder: Key, connections: Counts<Key>): void {
    if (connections.of(holder) === 0) this.#of.delete(holder);
  }
}
