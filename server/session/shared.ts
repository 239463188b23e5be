/** One of each key, for as long as anybody holds on to it. */
export class Shared<T extends object> {
  readonly #held = new Map<string, WeakRef<T>>();
  readonly #ended = new FinalizationRegistry<string>((key) => {
    if (this.#held.get(key)?.deref() === undefined) this.#held.delete(key);
  });

  of(key: string, make: () => T): T {
    const held = this.#held.get(key)?.deref();
    if (held !== undefined) return held;
    const fresh = make();
    this.#held.set(key, new WeakRef(fresh));
    this.#ended.register(fresh, key);
    return fresh;
  }
}
