import { exchangeOf, LastExchanges } from '../../server/engine/drift/clock-exchange.js';

/** How many exchanges are remembered. */
const REMEMBERED = 8;

/** Microseconds of this page's monotonic clock. */
export const nowUs = (): number => Math.round(performance.now() * 1000);

/** Maps the server's monotonic clock to ours by four-stamp exchanges. */
export class ServerClock {
  readonly #exchanges = new LastExchanges(REMEMBERED);

  /** `t1Us` and `t4Us` are ours (sent, received), `t2Us` and `t3Us` the server's (received, sent). */
  exchanged(t1Us: number, t2Us: number, t3Us: number, t4Us: number): void {
    this.#exchanges.note(exchangeOf({ t1Us, t2Us, t3Us, t4Us }));
  }

  /** The shortest round trip of late; undefined before the first exchange. */
  get roundTripUs(): number | undefined {
    return this.#exchanges.best?.roundTripUs;
  }

  /** A server's time on our clock. */
  toLocalUs(serverUs: number): number | undefined {
    const { best } = this.#exchanges;
    return best && serverUs - best.offsetUs;
  }
}
