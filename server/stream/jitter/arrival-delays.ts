import { DelayQuantile } from './delay-quantile.js';
import { LowestLately } from './lowest-lately.js';

/** What a jitter buffer is for: the lowest latency that mostly holds, or no gap that more latency could have spared. */
export type JitterPurpose = 'talk' | 'music';

interface Manner {
  /** Share of the packets that shall be in time, whatever delay that takes. */
  readonly mostly: number;
  /** Share that shall be where it takes no more than `cheapMs`, with `headroom` for what was not seen yet. */
  readonly surely: number;
  readonly headroom: number;
  readonly cheapMs: number;
  /** Packets after which one counts a third. */
  readonly memoryPackets: number;
  /** Before so many, the quantile says nothing. */
  readonly firstPackets: number;
  /** The target sinks to what so long a time has needed. */
  readonly holdMs: number;
  /** Beyond the quantile, for the line's own error and the other side's scheduling. */
  readonly marginMs: number;
  /** Rare ones, of the last seconds, are waited for too, if that takes no more than this: so little more is not heard, a gap is. */
  readonly rareMs: number;
  /** While nothing is known of the network. */
  readonly firstMs: number;
  /** Packets that had to be sent a second time are waited for up to this; where they take longer, another way is better. */
  readonly againMs: number;
  /** Delays beyond this are outages, not jitter: no buffer makes up for them, or none that anybody wants to talk through. */
  readonly limitMs: number;
}

/** No target is above this. */
export const JITTER_LIMIT_MS = 400;

const MANNERS: Readonly<Record<JitterPurpose, Manner>> = {
  talk: {
    mostly: 0.97,
    surely: 0.97,
    headroom: 0,
    cheapMs: 0,
    memoryPackets: 500,
    firstPackets: 100,
    holdMs: 4_000,
    marginMs: 1,
    rareMs: 4,
    firstMs: 10,
    againMs: 0,
    limitMs: 100,
  },
  music: {
    mostly: 0.994,
    surely: 0.9999,
    headroom: 0.25,
    cheapMs: 30,
    memoryPackets: 12_000,
    firstPackets: 25,
    holdMs: 10_000,
    marginMs: 2,
    rareMs: 0,
    firstMs: 30,
    againMs: 40,
    limitMs: JITTER_LIMIT_MS,
  },
};

const BUCKET_MS = 1;
const BUCKETS = JITTER_LIMIT_MS / BUCKET_MS;
/** A target that would move by less stays: each move is a glide of the pitch. */
const STEP_MS = 2;
/** Weights grow instead of all others shrinking; beyond this they are scaled down. */
const WEIGHT_LIMIT = 1e12;

/**
 * How late packets come, and how much delay their sound needs therefore: a quantile of a histogram that forgets, as in
 * WebRTC's NetEQ (delay_manager). The target grows at once and sinks late. Where a network is good, music pays for the last of
 * its packets; where that would cost what is heard as latency, a few are made up for.
 */
export class ArrivalDelays {
  readonly #manner: Manner;
  readonly #growth: number;
  readonly #buckets = new Float64Array(BUCKETS);
  readonly #mostly: DelayQuantile;
  readonly #surely: DelayQuantile;
  /** What the next packet counts. */
  #weight = 1;
  #total = 0;
  #packets = 0;
  #targetMs: number;
  /** Of how much sooner than the line packets came: below 0, so that the lowest came last. */
  readonly #earliness = new LowestLately();
  /** What was needed at most in this half of the hold, and in the one before. */
  #neededMs = 0;
  #neededBeforeMs = Infinity;
  #halfMs = 0;
  #lastMs = 0;

  constructor(purpose: JitterPurpose) {
    this.#manner = MANNERS[purpose];
    this.#growth = 1 + 1 / this.#manner.memoryPackets;
    this.#mostly = new DelayQuantile(this.#manner.mostly, this.#buckets);
    this.#surely = new DelayQuantile(this.#manner.surely, this.#buckets);
    this.#targetMs = this.#manner.firstMs;
  }

  /** A packet came so much later than the fastest ones, at `nowMs` of a monotonic clock; `again`: it had been lost before. */
  note(delayMs: number, nowMs: number, again = false): void {
    if (delayMs >= this.#manner.limitMs || (again && !this.awaitsAgain(delayMs))) return;
    const bucket = Math.max(0, Math.floor(delayMs / BUCKET_MS));
    this.#weight *= this.#growth;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + this.#weight;
    this.#total += this.#weight;
    const { firstPackets, headroom, cheapMs, rareMs, marginMs } = this.#manner;
    const mostlyMs = (this.#mostly.note(bucket, this.#weight, this.#total) + 1) * BUCKET_MS;
    const surelyMs = (this.#surely.note(bucket, this.#weight, this.#total) + 1) * BUCKET_MS * (1 + headroom);
    if (this.#weight > WEIGHT_LIMIT) this.#rescale();
    if (++this.#packets < firstPackets) return;
    this.#earliness.note(-delayMs, nowMs * 1e6);
    const rarelyMs = Math.min(-this.#earliness.value, mostlyMs + rareMs);
    this.#aim(Math.max(mostlyMs, rarelyMs, Math.min(surelyMs, cheapMs)) + marginMs, nowMs);
  }

  /** What delays are measured from has come to lie so much later: the sound stays where it is. */
  lift(byMs: number): void {
    const { marginMs } = this.#manner;
    const lowered = (ms: number) => Math.max(marginMs, ms - byMs);
    const by = Math.min(BUCKETS - 1, Math.round(byMs / BUCKET_MS));
    const lowest = this.#buckets.subarray(0, by + 1).reduce((sum, weight) => sum + weight, 0);
    this.#buckets.copyWithin(0, by).fill(0, BUCKETS - by)[0] = lowest;
    this.#mostly.reset(this.#total - lowest);
    this.#surely.reset(this.#total - lowest);
    this.#earliness.reset();
    this.#targetMs = lowered(this.#targetMs);
    this.#neededMs = lowered(this.#neededMs);
    this.#neededBeforeMs = lowered(this.#neededBeforeMs);
  }

  /** Whether the target makes room for packets that were sent a second time and are so late. */
  awaitsAgain(delayMs: number): boolean {
    return delayMs <= this.#manner.againMs;
  }

  /** The delay behind the fastest packets with which sound shall be played. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** Forgets all but the target: another network. */
  reset(): void {
    this.#buckets.fill(0);
    this.#total = 0;
    this.#mostly.reset();
    this.#surely.reset();
    this.#packets = 0;
  }

  #aim(neededMs: number, nowMs: number): void {
    this.#neededMs = Math.max(this.#neededMs, neededMs);
    if (neededMs > this.#targetMs) this.#targetMs = neededMs;
    if (this.#lastMs === 0) this.#halfMs = nowMs;
    this.#lastMs = nowMs;
    if (nowMs - this.#halfMs < this.#manner.holdMs / 2) return;
    const enoughMs = Math.max(this.#neededMs, this.#neededBeforeMs);
    if (enoughMs <= this.#targetMs - STEP_MS) this.#targetMs = enoughMs;
    this.#neededBeforeMs = this.#neededMs;
    this.#neededMs = neededMs;
    this.#halfMs = nowMs;
  }

  #rescale(): void {
    for (let i = 0; i < BUCKETS; i++) this.#buckets[i] = (this.#buckets[i] ?? 0) / this.#weight;
    this.#total /= this.#weight;
    this.#mostly.rescale(this.#weight);
    this.#surely.rescale(this.#weight);
    this.#weight = 1;
  }
}
