/** What waits to go into one stream. */
export class SendQueue {
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #fin = false;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  push(bytes: Uint8Array, fin: boolean): void {
    if (bytes.length > 0) this.#chunks.push(bytes);
    this.#sizeBytes += bytes.length;
    this.#fin ||= fin;
  }

  /**
   * Gives `take` as much as it takes; it says how many bytes that were, null for none now, and throws where the stream is no more.
   * `waiting`: the rest goes later; `drained`: all has gone, for good if `fin` was pushed; `broken`: it will never go.
   */
  drain(take: (bytes: Uint8Array, fin: boolean) => number | null): 'waiting' | 'drained' | 'broken' {
    try {
      for (let head = this.#chunks[0]; head !== undefined; head = this.#chunks[0]) {
        const isLast = this.#fin && this.#chunks.length === 1;
        const taken = take(head, isLast);
        if (taken === null) return 'waiting';
        this.#sizeBytes -= taken;
        if (taken < head.length) this.#chunks[0] = head.subarray(taken);
        else this.#chunks.shift();
        if (isLast && taken === head.length) return 'drained';
        if (taken < head.length) return 'waiting';
      }
      if (this.#fin) take(new Uint8Array(), true);
      return 'drained';
    } catch (error) {
      return error instanceof Error && error.message.includes('Done') ? 'waiting' : 'broken';
    }
  }
}
