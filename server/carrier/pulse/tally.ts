export interface TallyLimits {
  readonly perSecond: number;
  readonly atOnce: number;
}

/**
 * A token bucket that may be overdrawn by what it could not know beforehand: then it is dry until that is paid back. One that is a share
 * of another (a connection's of its process's) takes of both, and is dry where that one is.
 */
export class Tally {
  readonly #perSecond: number;
  readonly #atOnce: number;
  readonly #whole: Tally | undefined;
  #left: number;
  #atMs: number;

  /** `whole`: what this is a share of. */
  constructor({ perSecond, atOnce }: TallyLimits, nowMs: number, whole?: Tally) {
    this.#perSecond = perSecond;
    this.#atOnce = this.#left = atOnce;
    this.#atMs = nowMs;
    this.#whole = whole;
  }

  spend(amount: number): void {
    this.#left -= amount;
    this.#whole?.spend(amount);
  }

  isDry(nowMs: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((nowMs - this.#atMs) * this.#perSecond) / 1000);
    this.#atMs = nowMs;
    return this.#left <= 0 || (this.#whole?.isDry(nowMs) ?? false);
  }
}
