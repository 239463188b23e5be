import { exchangeOf, type Stamps } from './clock-exchange.js';
import { FastestLine, type Skew } from './fastest-line.js';

/**
 * Exchanges are few: of each slot the fastest one counts, and ten minutes of them are remembered. Steps need no care: a way that becomes
 * longer mostly does so there and back, and tilts both lines alike.
 */
const TERMS = { slotS: 2.5, steps: false, caution: 12 };
/** How far the monotonic clocks of two hosts usually are apart (1 σ): each a computer's quartz, most of them held by NTP. */
const STRANGERS: Skew = { skew: 0, error: 30e-6 };
/** What was known is no more believed where it is so many standard errors from what is seen: a clock was set to another pace. */
const DOUBT = 4;
/** What a line may be wrong by. */
const SLEEP_NS = 50e6;

/**
 * How much slower the asker's monotonic clock runs than the answerer's. The fastest pings lie on one line, the fastest pongs on
 * another: what the network does to the one it seldom does to the other.
 */
export class ClockSkew {
  readonly #there = new FastestLine(1e6, TERMS);
  readonly #back = new FastestLine(1e6, TERMS);
  readonly #known: Skew;

  /** `known`: what an earlier comparison left. */
  constructor(known: Skew = STRANGERS) {
    this.#known = known;
  }

  note(stamps: Stamps): void {
    const { t1Us, t2Us, t3Us, t4Us } = stamps;
    const { roundTripUs } = exchangeOf(stamps);
    const lateNs = Math.max(lateOn(this.#there, t1Us, t2Us), lateOn(this.#back, t3Us, t4Us));
    // No way takes longer than both: one of the hosts slept, and its clock with it.
    const to = lateNs > roundTripUs * 1e3 + SLEEP_NS ? 'resume' : 'note';
    this.#there[to](t1Us, t2Us * 1e3);
    this.#back[to](t3Us, t4Us * 1e3);
  }

  /** By so many seconds of the answerer's a second of the asker's is longer. */
  get skew(): Skew {
    const back = this.#back.skew;
    const seen = weighed(this.#there.skew, { ...back, skew: -back.skew });
    const { skew, error } = this.#known;
    const doubtful = Math.abs(seen.skew - skew) > DOUBT * Math.hypot(seen.error, error);
    return weighed(seen, doubtful ? STRANGERS : this.#known);
  }
}

/** What two that know nothing of each other say of one thing. */
function weighed(one: Skew, other: Skew): Skew {
  const oneWeight = one.error ** -2;
  const otherWeight = other.error ** -2;
  const weight = oneWeight + otherWeight;
  return { skew: (one.skew * oneWeight + other.skew * otherWeight) / weight, error: weight ** -0.5 };
}

const lateOn = (line: FastestLine, sentUs: number, cameUs: number): number =>
  line.empty ? 0 : cameUs * 1e3 - line.timeNsOf(sentUs);
