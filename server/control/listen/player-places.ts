import { WeirError } from '../../observe/errors.js';
import type { Identity } from '../../session/port.js';
import { holderOf } from '../holder.js';
import { HTTP_LIMITS } from '../limits.js';

/** How many listen without a script, in all and by each key: a signed address that got about leaves places for others. */
export class PlayerPlaces {
  readonly #taken = new Map<string, number>();
  #all = 0;

  /** A place until it is given back; to do so twice does no harm. */
  take(identity: Identity): (() => void) | WeirError {
    const holder = holderOf(identity);
    const own = this.#taken.get(holder) ?? 0;
    if (this.#all >= HTTP_LIMITS.players)
      return new WeirError('TOO_MANY_CLIENTS', `${this.#all} players are listening`);
    if (identity.pairing && own >= HTTP_LIMITS.playersOfKey) {
      return new WeirError('TOO_MANY_CLIENTS', `${own} players listen by this key already`);
    }
    this.#taken.set(holder, own + 1);
    this.#all += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack(holder);
      isTaken = false;
    };
  }

  #giveBack(holder: string): void {
    this.#all -= 1;
    const left = (this.#taken.get(holder) ?? 1) - 1;
    if (left > 0) this.#taken.set(holder, left);
    else this.#taken.delete(holder);
  }
}
