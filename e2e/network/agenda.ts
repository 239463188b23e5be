interface Entry {
  readonly atMs: number;
  readonly run: () => void;
}

/** Things to do at given times (performance.now), in their order; one timer for all. */
export class Agenda {
  readonly #entries: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;

  add(atMs: number, run: () => void): void {
    let at = this.#entries.length;
    while (at > 0 && (this.#entries[at - 1]?.atMs ?? 0) > atMs) at--;
    this.#entries.splice(at, 0, { atMs, run });
    if (at === 0) this.#wait();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#entries.length = 0;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const [next] = this.#entries;
    if (next) this.#timer = setTimeout(() => this.#run(), Math.max(0, next.atMs - performance.now()));
  }

  #run(): void {
    // A timer may come a little early; within half a millisecond it is time.
    const dueMs = performance.now() + 0.5;
    for (let entry = this.#entries[0]; entry && entry.atMs <= dueMs; entry = this.#entries[0]) {
      this.#entries.shift();
      entry.run();
    }
    this.#wait();
  }
}
