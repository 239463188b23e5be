import { peerOf, SysError } from '../../../native-shim/sys.js';
import {
  CONNECTIONS_PER_PROCESS,
  CONNECTIONS_PER_USER,
  STRANGERS_MAX,
  WORK_MS_AT_ONCE,
  WORK_MS_PER_SECOND,
} from './limits.js';
import { Tally } from './tally.js';

/** One connection's place. */
export interface Place {
  /** What its process has left of the main thread's time, in ms: all its connections share that. */
  readonly work: Tally;
  /** It has said who it is: its place among the strangers is free again. */
  known(): void;
  leave(): void;
}

/** How many connections one user and one process may hold, and how many may be silent: nobody fills the place for the others. */
export class Crowd {
  readonly #ofUser = new Map<number, number>();
  readonly #ofProcess = new Map<number, number>();
  readonly #strangersOf = new Map<number, number>();
  readonly #workOf = new Map<number, Tally>();

  /** A place for an accepted socket; undefined where its user or process has too many. */
  admit(fd: number): Place | undefined {
    const peer = peerOf(fd);
    if (peer instanceof SysError) return undefined;
    const { pid, uid } = peer;
    const full =
      count(this.#ofUser, uid) >= CONNECTIONS_PER_USER ||
      count(this.#ofProcess, pid) >= CONNECTIONS_PER_PROCESS ||
      count(this.#strangersOf, pid) >= STRANGERS_MAX;
    if (full) return undefined;
    const taken = [this.#take(this.#ofUser, uid), this.#take(this.#ofProcess, pid)];
    const known = this.#take(this.#strangersOf, pid);
    const work = this.#workOf.get(pid) ?? new Tally(WORK_MS_PER_SECOND, WORK_MS_AT_ONCE, performance.now());
    this.#workOf.set(pid, work);
    return {
      work,
      known,
      leave: () => {
        known();
        for (const give of taken) give();
        if (count(this.#ofProcess, pid) === 0) this.#workOf.delete(pid);
      },
    };
  }

  /** Gives back once, however often it is called. */
  #take(counts: Map<number, number>, key: number): () => void {
    counts.set(key, count(counts, key) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = count(counts, key) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    };
  }
}

function count(counts: Map<number, number>, key: number): number {
  return counts.get(key) ?? 0;
}
