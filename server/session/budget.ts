/** A token bucket: `perSecond` for ever, `atOnce` in a burst. */
export class Budget {
  #tokens: number;
  #atMs: number;

  constructor(
    readonly perSecond: number,
    readonly atOnce: number,
    nowMs: number,
  ) {
    this.#tokens = atOnce;
    this.#atMs = nowMs;
  }

  /** Takes one; false when there is none left. */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.atOnce, this.#tokens + ((nowMs - this.#atMs) * this.perSecond) / 1000);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
