const WINDOW_NS = 5e9;

/** The lowest of what was seen in the last 5 to 10 s: how fast a network is when nothing is in the way. */
export class LowestLately {
  #before = Infinity;
  #now = Infinity;
  #sinceNs = 0;

  note(value: number, nowNs: number): void {
    if (nowNs - this.#sinceNs > WINDOW_NS) {
      this.#before = nowNs - this.#sinceNs > 2 * WINDOW_NS ? Infinity : this.#now;
      this.#now = Infinity;
      this.#sinceNs = nowNs;
    }
    this.#now = Math.min(this.#now, value);
  }

  reset(): void {
    this.#before = this.#now = Infinity;
  }

  get known(): boolean {
    return this.value !== Infinity;
  }

  get value(): number {
    return Math.min(this.#before, this.#now);
  }
}
