/** A token bucket that may be overdrawn by what it could not know beforehand: then it is dry until that is paid back. */
export class Tally {
  #left: number;
  #atMs: number;

  constructor(
    readonly perSecond: number,
    readonly atOnce: number,
    nowMs: number,
  ) {
    this.#left = atOnce;
    this.#atMs = nowMs;
  }

  spend(amount: number): void {
    this.#left -= amount;
  }

  isDry(nowMs: number): boolean {
    this.#left = Math.min(this.atOnce, this.#left + ((nowMs - this.#atMs) * this.perSecond) / 1000);
    this.#atMs = nowMs;
    return this.#left <= 0;
  }
}
