/** How many there are of each key. */
export class Counts<Key> {
  readonly #of = new Map<Key, number>();

  of(key: Key): number {
    return this.#of.get(key) ?? 0;
  }

  /** One more. What it returns gives it back, once, however often it is called. */
  take(key: Key): () => void {
    this.#of.set(key, this.of(key) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = this.of(key) - 1;
      if (left > 0) this.#of.set(key, left);
      else this.#of.delete(key);
    };
  }
}
