import { neighbourhood } from '../../../config/address.js';
import { CONNECTION_LIMITS } from '../limits.js';

/** One connection's place, counted while it is held. */
export interface Place {
  /** Its session was admitted: it is no stranger any more. */
  known(): void;
  free(): void;
}

interface Count {
  all: number;
  strangers: number;
}

/** How many connections there are, in all and of each address (of IPv6 each /64), and how many of them nobody knows yet. */
export class ConnectionPlaces {
  readonly #addresses = new Map<string, Count>();
  readonly #whole: Count = { all: 0, strangers: 0 };

  /** Undefined when there is none left for this address. */
  take(address: string): Place | undefined {
    const where = neighbourhood(address);
    const own = this.#addresses.get(where) ?? { all: 0, strangers: 0 };
    const { all, perAddress, strangers, strangersPerAddress } = CONNECTION_LIMITS;
    if (own.all >= perAddress || own.strangers >= strangersPerAddress) return undefined;
    if (this.#whole.all >= all || this.#whole.strangers >= strangers) return undefined;
    this.#addresses.set(where, own);
    for (const count of [own, this.#whole]) {
      count.all += 1;
      count.strangers += 1;
    }
    return this.#place(where, own);
  }

  #place(where: string, own: Count): Place {
    let isStranger = true;
    let isFree = false;
    const known = (): void => {
      if (isStranger) for (const count of [own, this.#whole]) count.strangers -= 1;
      isStranger = false;
    };
    const free = (): void => {
      if (isFree) return;
      isFree = true;
      known();
      for (const count of [own, this.#whole]) count.all -= 1;
      if (own.all === 0) this.#addresses.delete(where);
    };
    return { known, free };
  }
}
