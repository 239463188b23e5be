import { CLOCK_EXCHANGES_KEPT, CLOCK_ROUND_TRIP_MAX_US } from './limits.js';

interface Exchange {
  readonly roundTripUs: number;
  /** Server's clock less the client's. */
  readonly offsetUs: number;
}

/**
 * The client's clock as the server sees it: of the last exchanges the one with the shortest round trip says most (RFC 5905,
 * section 10). The client's word is believed for its own streams' numbers only.
 */
export class ClientClock {
  #exchanges: Exchange[] = [];
  #open: { t1Us: number; t2Us: number; t3Us: number } | undefined;

  /** A ping was answered: the client sent it at t1, it came at t2 and the answer left at t3; the answer before came at the client's t4 (0: none). */
  note(t1Us: number, t2Us: number, t3Us: number, lastT4Us: number): void {
    if (this.#open && lastT4Us > 0) this.#close(this.#open, lastT4Us);
    this.#open = { t1Us, t2Us, t3Us };
  }

  /** Of the best exchange; undefined before the first is whole. */
  get roundTripUs(): number | undefined {
    return this.#best?.roundTripUs;
  }

  /** A time of the client's clock on ours; 0, unknown, stays so. */
  toServerUs(clientUs: number): number {
    const best = this.#best;
    return best && clientUs > 0 ? Math.max(0, clientUs + best.offsetUs) : 0;
  }

  get #best(): Exchange | undefined {
    return this.#exchanges.reduce<Exchange | undefined>(
      (best, exchange) => (best && best.roundTripUs <= exchange.roundTripUs ? best : exchange),
      undefined,
    );
  }

  #close({ t1Us, t2Us, t3Us }: { t1Us: number; t2Us: number; t3Us: number }, t4Us: number): void {
    const roundTripUs = t4Us - t1Us - (t3Us - t2Us);
    // A client that says such things has no clock that we could follow.
    if (!(roundTripUs >= 0 && roundTripUs <= CLOCK_ROUND_TRIP_MAX_US)) return;
    const offsetUs = (t2Us - t1Us + (t3Us - t4Us)) / 2;
    this.#exchanges = [...this.#exchanges, { roundTripUs, offsetUs }].slice(-CLOCK_EXCHANGES_KEPT);
  }
}
