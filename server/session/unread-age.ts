/** Messages that leave closer together are remembered as one. */
const STRETCH_MS = 10;

/** How long ago the oldest message left that a peer has not read. */
export class UnreadAge {
  readonly #stretches: { endBytes: number; readonly sinceMs: number }[] = [];
  #sentBytes = 0;

  /** `unreadBytes`: of all that was ever sent, these among them. */
  sent(bytes: number, unreadBytes: number, nowMs: number): void {
    this.#sentBytes += bytes;
    const last = this.#stretches.at(-1);
    if (last && nowMs - last.sinceMs < STRETCH_MS) last.endBytes = this.#sentBytes;
    else this.#stretches.push({ endBytes: this.#sentBytes, sinceMs: nowMs });
    this.#forget(unreadBytes);
  }

  /** 0 where all is read. */
  ms(unreadBytes: number, nowMs: number): number {
    this.#forget(unreadBytes);
    const [oldest] = this.#stretches;
    return oldest ? nowMs - oldest.sinceMs : 0;
  }

  #forget(unreadBytes: number): void {
    const readBytes = this.#sentBytes - unreadBytes;
    while ((this.#stretches[0]?.endBytes ?? Infinity) <= readBytes) this.#stretches.shift();
  }
}
