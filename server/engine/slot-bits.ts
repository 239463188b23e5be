const BITS = 32;

export const slotBitsWords = (slots: number): number => slots / BITS;

/** One bit a slot in memory that two threads share: one gathers and publishes, the other takes. */
export class SlotBits {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #gathered: Int32Array;
  #any = false;

  /** The bits of so many slots, a multiple of 32, from word `at` of `words` on. */
  constructor(words: Int32Array, at: number, slots: number) {
    this.#words = words;
    this.#at = at;
    this.#gathered = new Int32Array(slotBitsWords(slots));
  }

  /** Of this thread's own until it publishes. */
  set(slot: number): void {
    const word = Math.floor(slot / BITS);
    this.#any = true;
    this.#gathered[word] = (this.#gathered[word] ?? 0) | (1 << (slot % BITS));
  }

  /** Whatever was stored before is seen by whoever takes the bits. Whether there were any. */
  publish(): boolean {
    if (!this.#any) return false;
    this.#any = false;
    for (let word = 0; word < this.#gathered.length; word++) {
      const bits = this.#gathered[word] ?? 0;
      if (bits !== 0) Atomics.or(this.#words, this.#at + word, bits);
    }
    this.#gathered.fill(0);
    return true;
  }

  /** The slots whose bits were published since the last call. */
  take(): number[] {
    const slots: number[] = [];
    for (let word = 0; word < this.#gathered.length; word++) {
      if (Atomics.load(this.#words, this.#at + word) === 0) continue;
      let bits = Atomics.exchange(this.#words, this.#at + word, 0);
      for (; bits !== 0; bits &= bits - 1) slots.push(word * BITS + BITS - 1 - Math.clz32(bits & -bits));
    }
    return slots;
  }
}
