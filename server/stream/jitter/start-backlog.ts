/** So long at least, and on while packets still catch up, … */
const CATCH_UP_MS = 100;
/** … by at least this against the fastest one before, … */
const CATCH_UP_STEP_MS = 5;
/** … and no longer than this. */
const CATCH_UP_LIMIT_MS = 1000;

/**
 * What gathered at the sender while its stream was being opened comes at once, and late: sound that began with it would be
 * as late for minutes. Says when that is over and packets come as they are made.
 */
export class StartBacklog {
  readonly #framesPerMs: number;
  #lastMs = 0;
  #untilMs = 0;
  /** When frame 0 would have come with the fastest packet so far. */
  #fastestMs = Infinity;
  #over = false;

  constructor(rate: number) {
    this.#framesPerMs = rate / 1000;
  }

  /** A packet that ends before `endFrame` came at `arrivalMs` of a monotonic clock: whether the stream may begin with it. */
  isOver(endFrame: number, arrivalMs: number): boolean {
    if (this.#over) return true;
    const zeroMs = arrivalMs - endFrame / this.#framesPerMs;
    if (this.#fastestMs === Infinity) this.#lastMs = arrivalMs + CATCH_UP_LIMIT_MS;
    if (zeroMs < this.#fastestMs - CATCH_UP_STEP_MS) {
      this.#fastestMs = zeroMs;
      this.#untilMs = arrivalMs + CATCH_UP_MS;
    }
    return (this.#over = arrivalMs >= Math.min(this.#untilMs, this.#lastMs));
  }
}
