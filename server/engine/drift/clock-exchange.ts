/** One ClockPing and its ClockPong: the asker's clock at sending and receipt (t1, t4), the answerer's between (t2, t3). */
export interface Stamps {
  readonly t1Us: number;
  readonly t2Us: number;
  readonly t3Us: number;
  readonly t4Us: number;
}

export interface ClockExchange {
  readonly roundTripUs: number;
  /** The answerer's clock less the asker's, right to within half the round trip. */
  readonly offsetUs: number;
}

/** What four stamps say, as NTP uses them (RFC 5905, section 8). */
export function exchangeOf({ t1Us, t2Us, t3Us, t4Us }: Stamps): ClockExchange {
  return { roundTripUs: t4Us - t1Us - (t3Us - t2Us), offsetUs: (t2Us - t1Us + (t3Us - t4Us)) / 2 };
}

/** The last exchanges of a connection, so many of them: clocks drift, older ones say nothing any more. */
export class LastExchanges {
  readonly #kept: number;
  #exchanges: ClockExchange[] = [];

  constructor(kept: number) {
    this.#kept = kept;
  }

  note(exchange: ClockExchange): void {
    this.#exchanges = [...this.#exchanges, exchange].slice(-this.#kept);
  }

  /** The one with the shortest round trip had the least queueing in it and says most (RFC 5905, section 10). */
  get best(): ClockExchange | undefined {
    return this.#exchanges.reduce<ClockExchange | undefined>(
      (best, next) => (best && best.roundTripUs <= next.roundTripUs ? best : next),
      undefined,
    );
  }
}
