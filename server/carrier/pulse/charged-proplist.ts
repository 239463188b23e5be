import type { Quota } from '../../mempool/quota.js';
import type { WeirError } from '../../observe/errors.js';
import { bytesOf, NO_PROPERTIES, type Proplist } from './wire/values/proplist.js';

/** What an entry takes beside its bytes: without it, many short ones would cost nothing. */
const ENTRY_BYTES = 256;

/** What keeping such a list costs. */
export const costOf = (properties: Proplist): number => bytesOf(properties) + ENTRY_BYTES * properties.size;

/** What a client says of one of its objects, kept at the cost of its quota. */
export class ChargedProplist {
  readonly #quota: Quota;
  #value = NO_PROPERTIES;
  #bytes = 0;

  private constructor(quota: Quota) {
    this.#quota = quota;
  }

  static of(value: Proplist, quota: Quota): ChargedProplist | WeirError {
    const charged = new ChargedProplist(quota);
    return charged.replace(value) ?? charged;
  }

  static empty(quota: Quota): ChargedProplist {
    return new ChargedProplist(quota);
  }

  get value(): Proplist {
    return this.#value;
  }

  /** Takes the place of what was there; or says why not, and that stays. */
  replace(value: Proplist): WeirError | undefined {
    const bytes = costOf(value);
    const refused = this.#quota.charge(bytes - this.#bytes);
    if (refused) return refused;
    this.#value = value;
    this.#bytes = bytes;
    return undefined;
  }

  free(): void {
    this.#quota.release(this.#bytes);
    this.#value = NO_PROPERTIES;
    this.#bytes = 0;
  }
}
