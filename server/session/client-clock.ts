import { exchangeOf, LastExchanges, type Stamps } from '../engine/drift/clock-exchange.js';
import { CLOCK_EXCHANGES_KEPT, CLOCK_ROUND_TRIP_MAX_US } from './limits.js';

/** The client's clock as the server sees it. The client's word is believed for its own streams' numbers only. */
export class ClientClock {
  readonly #exchanges = new LastExchanges(CLOCK_EXCHANGES_KEPT);
  #open: Omit<Stamps, 't4Us'> | undefined;

  /** A ping was answered: the client sent it at t1, it came at t2 and the answer left at t3; the answer before came at the client's t4 (0: none). */
  note(t1Us: number, t2Us: number, t3Us: number, lastT4Us: number): void {
    if (this.#open && lastT4Us > 0) this.#close({ ...this.#open, t4Us: lastT4Us });
    this.#open = { t1Us, t2Us, t3Us };
  }

  /** Of the best exchange; undefined before the first is whole. */
  get roundTripUs(): number | undefined {
    return this.#exchanges.best?.roundTripUs;
  }

  /** A time of the client's clock on ours; 0, unknown, stays so. */
  toServerUs(clientUs: number): number {
    const { best } = this.#exchanges;
    return best && clientUs > 0 ? Math.max(0, clientUs + best.offsetUs) : 0;
  }

  #close(stamps: Stamps): void {
    const exchange = exchangeOf(stamps);
    // A client that says such things has no clock that we could follow.
    if (exchange.roundTripUs >= 0 && exchange.roundTripUs <= CLOCK_ROUND_TRIP_MAX_US) this.#exchanges.note(exchange);
  }
}
