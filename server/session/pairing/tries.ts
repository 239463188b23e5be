import { neighbourhood } from '../../config/address.js';
import { Budget } from '../budget.js';
import { ADDRESSES_COUNTED } from './limits.js';

const MINUTE_S = 60;

/** How often each address may try a secret. */
export class Tries {
  readonly #ofAddress = new Map<string, Budget>();

  constructor(
    readonly perMinute: number,
    readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Counts one; false when it is one too many. */
  take(address: string): boolean {
    const key = neighbourhood(address);
    const nowMs = this.nowMs();
    const budget = this.#ofAddress.get(key) ?? new Budget(this.perMinute / MINUTE_S, this.perMinute, nowMs);
    // Stands last again: who tried longest ago is forgotten first.
    this.#ofAddress.delete(key);
    this.#ofAddress.set(key, budget);
    const [oldest] = this.#ofAddress.keys();
    if (this.#ofAddress.size > ADDRESSES_COUNTED && oldest !== undefined) this.#ofAddress.delete(oldest);
    return budget.take(nowMs);
  }
}
