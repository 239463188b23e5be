export interface TallyLimits {
  readonly perSecond: number;
  readonly atOnce: number;
}

/** So many a minute, all of them at once if need be. */
export const aMinute = (count: number): TallyLimits => ({ perSecond: count / 60, atOnce: count });

/**
 * A token bucket: `perSecond` for ever, `atOnce` in a burst. It may be overdrawn by what could not be known beforehand: then it is dry until
 * that is paid back. One that is a share of another (a connection's of its process's) takes of both, and is dry where that one is.
 */
export class Tally {
  readonly perSecond: number;
  readonly #atOnce: number;
  readonly #whole: Tally | undefined;
  #left: number;
  #atMs: number;

  /** `whole`: what this is a share of. */
  constructor({ perSecond, atOnce }: TallyLimits, nowMs: number, whole?: Tally) {
    this.perSecond = perSecond;
    this.#atOnce = this.#left = atOnce;
    this.#atMs = nowMs;
    this.#whole = whole;
  }

  /** Takes one; false where there is none left. */
  take(nowMs: number): boolean {
    if (this.isDry(nowMs) || this.#left < 1) return false;
    this.spend(1);
    return true;
  }

  spend(amount: number): void {
    this.#left -= amount;
    this.#whole?.spend(amount);
  }

  isDry(nowMs: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((nowMs - this.#atMs) * this.perSecond) / 1000);
    this.#atMs = nowMs;
    return this.#left <= 0 || (this.#whole?.isDry(nowMs) ?? false);
  }
}
