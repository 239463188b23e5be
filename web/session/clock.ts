/** How many exchanges are remembered; the one with the shortest way is the most truthful. */
const REMEMBERED = 8;

interface Exchange {
  roundTripUs: number;
  offsetUs: number;
}

/** Microseconds of this page's monotonic clock. */
export const nowUs = (): number => Math.round(performance.now() * 1000);

/** Maps the server's monotonic clock to ours by four-stamp exchanges, as NTP does (RFC 5905, section 8). */
export class ServerClock {
  #exchanges: Exchange[] = [];

  /** `t1Us` and `t4Us` are ours (sent, received), `t2Us` and `t3Us` the server's (received, sent). */
  exchanged(t1Us: number, t2Us: number, t3Us: number, t4Us: number): void {
    const exchange = { roundTripUs: t4Us - t1Us - (t3Us - t2Us), offsetUs: (t2Us - t1Us + (t3Us - t4Us)) / 2 };
    this.#exchanges = [exchange, ...this.#exchanges].slice(0, REMEMBERED);
  }

  get #best(): Exchange | undefined {
    return this.#exchanges.reduce<Exchange | undefined>(
      (best, next) => (best && best.roundTripUs <= next.roundTripUs ? best : next),
      undefined,
    );
  }

  /** The shortest round trip of late; undefined before the first exchange. */
  get roundTripUs(): number | undefined {
    return this.#best?.roundTripUs;
  }

  /** A server's time on our clock. */
  toLocalUs(serverUs: number): number | undefined {
    const best = this.#best;
    return best && serverUs - best.offsetUs;
  }
}
