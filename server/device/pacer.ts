import { nowNs, sleepUntilNs } from '../../native-shim/sys.js';
import { type Readiness, WAIT_LIMIT_MS } from './output-driver.js';

/** CLOCK_MONOTONIC in ns, and sleeping until it reads `ns`. */
export interface Clock {
  now(): number;
  sleepUntil(ns: number): void;
}

const MONOTONIC: Clock = { now: nowNs, sleepUntil: sleepUntilNs };

/**
 * What a device kept two quanta full forgives. Up to here a late thread renders the missed quanta back to back; beyond,
 * a hardware device would have run dry, and so would the streams, whose rings hold little more.
 */
export const LATE_LIMIT_QUANTA = 2;

const SECOND_NS = 1e9;

/**
 * The clock of an output without hardware. Frame n is due at origin + n / rate: computed, never summed up, so the
 * timeline does not drift, and a quantum may change at any time without a jump.
 */
export class Pacer {
  /** Times that the thread was too late to catch up. */
  xruns = 0;
  readonly #rate: number;
  readonly #clock: Clock;
  #originNs = 0;
  /** Frames rendered since the origin. */
  #frames = 0;
  #quantumFrames = 0;
  #started = false;

  constructor(rate: number, clock: Clock = MONOTONIC) {
    this.#rate = rate;
    this.#clock = clock;
  }

  setQuantum(quantumFrames: number): void {
    this.#quantumFrames = quantumFrames;
  }

  /** Blocks until the next quantum is due, at most WAIT_LIMIT_MS. */
  wait(): Readiness {
    let now = this.#clock.now();
    if (!this.#started) this.#rebase(now);
    const due = this.#dueNs();
    if (now < due) {
      this.#clock.sleepUntil(Math.min(due, now + WAIT_LIMIT_MS * 1e6));
      now = this.#clock.now();
      if (now < due) return 'waiting';
    }
    if ((now - due) * this.#rate > LATE_LIMIT_QUANTA * this.#quantumFrames * SECOND_NS) {
      this.xruns++;
      this.#rebase(now);
    }
    return 'ready';
  }

  /** One quantum was rendered. */
  advance(frameCount: number): void {
    this.#frames += frameCount;
    // Whole seconds move into the origin, exactly: the product below stays far under 2^53.
    while (this.#frames >= this.#rate) {
      this.#frames -= this.#rate;
      this.#originNs += SECOND_NS;
    }
  }

  /** Frames rendered whose time has not come. */
  aheadFrames(): number {
    if (!this.#started) return 0;
    return Math.max(0, Math.round(((this.#dueNs() - this.#clock.now()) * this.#rate) / SECOND_NS));
  }

  #dueNs(): number {
    return this.#originNs + (this.#frames * SECOND_NS) / this.#rate;
  }

  #rebase(now: number): void {
    this.#started = true;
    this.#originNs = now;
    this.#frames = 0;
  }
}
