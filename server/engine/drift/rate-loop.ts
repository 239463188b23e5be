/** Pull of the delay towards where it shall be, a second: so weak that the line's noise is not heard. */
const GAIN = 0.005;
/** As long as the clocks' rates are still being found, only they are followed: what goes wrong meanwhile is not drift. */
const YOUNG_S = 5;
/** By how much the pitch may change in a second: 0.9 cent, in steps of a hundredth at each quantum of 10 ms. */
const SLEW_PER_S = 500e-6;
/** A glide to another delay: 2 ms in a second, 3.5 cents; faster only where there is far to go. */
const GLIDE = 2000e-6;
const GLIDE_MAX = 10_000e-6;
/** The distance that GLIDE is meant for; with more it grows in proportion. */
const GLIDE_DISTANCE_S = 0.03;
/** Less than this is rounding. */
const GLIDE_NOTICED = 0.1e-6;
/** A delay that is off by this much did not drift there: the way there is a glide. */
const JUMP_S = 2e-3;
/** What the pull may do: errors below JUMP_S only. */
const PULL_LIMIT = 200e-6;

/**
 * From the delay that a stream has and the one that it shall have to the ratio of its resampler. The two clocks' rates
 * are fed forward, so that nothing has to be wrong for the ratio to be right; the delay is held by a weak pull.
 * Where it has to become another, what it is held to glides there.
 */
export class RateLoop {
  /** What the delay is held to just now; undefined before the first update. */
  #heldS: number | undefined;
  /** Seconds by which `held` grows in a second: below 0 sound is played faster. */
  #glide = 0;
  #ageS = 0;
  #skew = 0;

  /** Sound begins anew, at whatever delay: nothing is to be made up for. What is known of the clocks stays. */
  restart(): void {
    this.#heldS = undefined;
    this.#glide = 0;
  }

  /** The ratio makes for another delay just now, on purpose. */
  get gliding(): boolean {
    return Math.abs(this.#glide) > GLIDE_NOTICED;
  }

  /**
   * One quantum of `quantumS` later the delay is `delayS` and shall be `targetS`; the sender's clock runs at `rates` of
   * the device's (1 where both are right). A glide is `haste` times as fast as one that music bears. The sender's seconds to
   * be played in a second of the device.
   */
  update(delayS: number, targetS: number, rates: number, quantumS: number, haste = 1): number {
    this.#ageS += quantumS;
    const young = this.#ageS < YOUNG_S;
    if (this.#heldS === undefined || young || Math.abs(delayS - this.#heldS) > JUMP_S) this.#heldS = delayS;
    this.#heldS += this.#steer(targetS - this.#heldS, quantumS, haste) * quantumS;
    const pull = bounded(GAIN * (delayS - this.#heldS), PULL_LIMIT);
    this.#skew += bounded(rates - 1 + pull - this.#skew, SLEW_PER_S * quantumS);
    return 1 + this.#skew - this.#glide;
  }

  /** The glide that ends at the target without a jerk: so fast that it can still be slowed down in time. */
  #steer(distanceS: number, quantumS: number, haste: number): number {
    const farS = Math.abs(distanceS);
    const slewPerS = SLEW_PER_S * haste ** 2;
    const fastest = Math.min(GLIDE_MAX, GLIDE * haste * Math.max(1, farS / GLIDE_DISTANCE_S));
    const speed = Math.min(fastest, Math.sqrt(2 * slewPerS * farS), farS / quantumS);
    this.#glide += bounded(Math.sign(distanceS) * speed - this.#glide, slewPerS * quantumS);
    return this.#glide;
  }
}

function bounded(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
