import { peerOf, SysError } from '../../../native-shim/sys.js';
import { Counts } from '../../session/counts.js';
import { CONNECTIONS_PER_PROCESS, CONNECTIONS_PER_USER, STRANGERS_MAX } from './limits.js';

/** One connection's place. */
export interface Place {
  /** It has said who it is: its place among the strangers is free again. */
  known(): void;
  leave(): void;
}

/** How many connections one user and one process may hold, and how many may be silent: nobody fills the place for the others. */
export class Crowd {
  readonly #ofUser = new Counts<number>();
  readonly #ofProcess = new Counts<number>();
  readonly #strangersOf = new Counts<number>();

  /** A place for an accepted socket; undefined where its user or process has too many. */
  admit(fd: number): Place | undefined {
    const peer = peerOf(fd);
    if (peer instanceof SysError) return undefined;
    const { pid, uid } = peer;
    const full =
      this.#ofUser.of(uid) >= CONNECTIONS_PER_USER ||
      this.#ofProcess.of(pid) >= CONNECTIONS_PER_PROCESS ||
      this.#strangersOf.of(pid) >= STRANGERS_MAX;
    if (full) return undefined;
    const taken = [this.#ofUser.take(uid), this.#ofProcess.take(pid)];
    const known = this.#strangersOf.take(pid);
    return {
      known,
      leave: () => {
        known();
        for (const give of taken) give();
      },
    };
  }
}
