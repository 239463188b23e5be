/** Counts the engine threads that hold a ring's addresses: nobody unmaps it before the last has given them back. */
export class Lease {
  #holders = 0;
  #onFree: (() => void) | undefined;

  take(): void {
    this.#holders++;
  }

  give(): void {
    this.#holders--;
    this.#settle();
  }

  /** Calls `free` once nobody holds the memory: now, or when the last thread gives it back or has ended. */
  whenFree(free: () => void): void {
    this.#onFree = free;
    this.#settle();
  }

  #settle(): void {
    if (this.#holders > 0) return;
    const free = this.#onFree;
    this.#onFree = undefined;
    free?.();
  }
}
