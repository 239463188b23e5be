import { neighbourhood } from '../../../config/address.js';
import { Tries } from '../../../session/pairing/tries.js';
import { Counts } from '../../../session/counts.js';
import type { Place } from '../crowd.js';
import {
  CONNECTIONS_PER_ADDRESS,
  NETWORK_CONNECTIONS,
  NETWORK_STRANGERS_MAX,
  STRANGERS_PER_ADDRESS,
  TRIES_PER_MINUTE,
} from './limits.js';

/** What counts for all addresses together. */
const ALL = '';

/** How many connections other machines may hold, all together and each, and how often they may begin one: a connection is one try. */
export class NetworkCrowd {
  readonly #connections = new Counts<string>();
  readonly #strangers = new Counts<string>();
  readonly #tries: Tries;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#tries = new Tries(TRIES_PER_MINUTE, nowMs);
  }

  /** A place for a connection from this address; undefined where it, or all of them, have too many. */
  admit(address: string): Place | undefined {
    const whence = neighbourhood(address);
    const full =
      this.#connections.of(ALL) >= NETWORK_CONNECTIONS ||
      this.#connections.of(whence) >= CONNECTIONS_PER_ADDRESS ||
      this.#strangers.of(ALL) >= NETWORK_STRANGERS_MAX ||
      this.#strangers.of(whence) >= STRANGERS_PER_ADDRESS;
    if (full || !this.#tries.take(address)) return undefined;
    const strangers = [this.#strangers.take(ALL), this.#strangers.take(whence)];
    const connections = [this.#connections.take(ALL), this.#connections.take(whence)];
    const known = () => {
      for (const give of strangers) give();
    };
    return {
      known,
      leave: () => {
        known();
        for (const give of connections) give();
      },
    };
  }
}
