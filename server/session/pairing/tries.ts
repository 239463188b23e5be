import { neighbourhood } from '../../config/address.js';
import { aMinute, Tally } from '../tally.js';
import { ADDRESSES_COUNTED } from './limits.js';

/** How often each address may try a secret. */
export class Tries {
  readonly #ofAddress = new Map<string, Tally>();

  constructor(
    readonly perMinute: number,
    readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Counts one; false when it is one too many. */
  take(address: string): boolean {
    const key = neighbourhood(address);
    const nowMs = this.nowMs();
    const tally = this.#ofAddress.get(key) ?? new Tally(aMinute(this.perMinute), nowMs);
    // Stands last again: who tried longest ago is forgotten first.
    this.#ofAddress.delete(key);
    this.#ofAddress.set(key, tally);
    const [oldest] = this.#ofAddress.keys();
    if (this.#ofAddress.size > ADDRESSES_COUNTED && oldest !== undefined) this.#ofAddress.delete(oldest);
    return tally.take(nowMs);
  }
}
