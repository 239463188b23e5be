import { exchangeOf, type Stamps } from './clock-exchange.js';
import { FastestLine, type Skew } from './fastest-line.js';

/**
 * Exchanges are few: of each slot the fastest one counts, and ten minutes of them are remembered. Steps need no care: a way that becomes
 * longer mostly does so there and back, and tilts both lines alike.
 */
const TERMS = { slotS: 2.5, steps: false };
/** How far the monotonic clocks of two hosts usually are apart (1 σ): each a computer's quartz, most of them held by NTP. */
const HOSTS_ERROR = 30e-6;
/** What a line may be wrong by. */
const SLEEP_NS = 50e6;

/**
 * How much slower the asker's monotonic clock runs than the answerer's. The fastest pings lie on one line, the fastest pongs on
 * another: what the network does to the one it seldom does to the other.
 */
export class ClockSkew {
  readonly #there = new FastestLine(1e6, TERMS);
  readonly #back = new FastestLine(1e6, TERMS);

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
    const there = this.#there.skew;
    const back = this.#back.skew;
    const thereWeight = there.error ** -2;
    const backWeight = back.error ** -2;
    const weight = thereWeight + backWeight + HOSTS_ERROR ** -2;
    return { skew: (there.skew * thereWeight - back.skew * backWeight) / weight, error: weight ** -0.5 };
  }
}

const lateOn = (line: FastestLine, sentUs: number, cameUs: number): number =>
  line.empty ? 0 : cameUs * 1e3 - line.timeNsOf(sentUs);
