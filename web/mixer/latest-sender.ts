/**
 * Sends the newest of many values: one at a time, at least `leastMs` apart, the last one always. A fader under a finger
 * asks for as many sends as the way to the server carries, and no queue builds up.
 */
export class LatestSender<T> {
  readonly #send: (value: T) => Promise<unknown>;
  readonly #leastMs: number;
  #waiting: { value: T } | undefined;
  #sending = false;

  /** `send` may reject: the next value is sent all the same. */
  constructor(send: (value: T) => Promise<unknown>, leastMs: number) {
    this.#send = send;
    this.#leastMs = leastMs;
  }

  /** Nothing is on its way or waits. */
  get idle(): boolean {
    return !this.#sending;
  }

  push(value: T): void {
    this.#waiting = { value };
    if (!this.#sending) void this.#run();
  }

  async #run(): Promise<void> {
    this.#sending = true;
    while (this.#waiting) {
      const { value } = this.#waiting;
      this.#waiting = undefined;
      const pause = new Promise((resolve) => setTimeout(resolve, this.#leastMs));
      await this.#send(value).catch(() => undefined);
      await pause;
    }
    this.#sending = false;
  }
}
