import { exchangeOf, LastExchanges, type Stamps } from '../../server/engine/drift/clock-exchange.js';

/** How many exchanges are remembered. */
const REMEMBERED = 8;

/** No clock that is good for more than its hands is coarser. */
const FINE_MS = 0.5;
const STEPS = 3;
const LOOKS = 1_000_000;

/** Whether performance.now() can tell clocks apart: browsers that guard against being recognized round it to milliseconds. */
export function isClockFine(): boolean {
  for (let step = 0; step < STEPS; step++) {
    const before = performance.now();
    let now = before;
    for (let looks = 0; now === before && looks < LOOKS; looks++) now = performance.now();
    if (now > before && now - before < FINE_MS) return true;
  }
  return false;
}

/** Microseconds of this page's monotonic clock. */
export const nowUs = (): number => Math.round(performance.now() * 1000);

/** Maps the server's monotonic clock to ours by four-stamp exchanges. */
export class ServerClock {
  readonly #exchanges = new LastExchanges(REMEMBERED);

  /** `t1Us` and `t4Us` are ours (sent, received), `t2Us` and `t3Us` the server's (received, sent). */
  exchanged(stamps: Stamps): void {
    this.#exchanges.note(exchangeOf(stamps));
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
