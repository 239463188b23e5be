import { WeirError } from '../observe/errors.js';

const PERIOD_US = 10_000;
/** Of each 10 ms: what all streams of an output may take, and one client's. The rest is the mix, the listeners and air. */
export const OUTPUT_LIMIT_US = 0.6 * PERIOD_US;
export const CLIENT_LIMIT_US = 0.75 * OUTPUT_LIMIT_US;

/**
 * Microseconds that a stream takes of each 10 ms, rounded up from measurements of the kernels on one 2.6 GHz core: its turn of
 * the loop, its channels, and where the rates or (`live`) the clocks differ a resampler whose filter grows with the ratio.
 */
export function streamCostUs(channels: number, rate: number, deviceRate: number, live = false): number {
  const perChannel = rate === deviceRate && !live ? 0.5 : 3 * Math.max(1, rate / deviceRate);
  return (3 + channels * perChannel) * Math.max(1, deviceRate / 48_000);
}

/** The time of one engine thread, shared out: a quota like memory, since one client's streams could make all others late. */
export class EngineLoad {
  #allUs = 0;
  readonly #ofClient = new Map<number, number>();

  refusal(client: number, costUs: number): WeirError | undefined {
    if (this.#of(client) + costUs > CLIENT_LIMIT_US) {
      return new WeirError('TOO_MANY_STREAMS', 'this client would take more than its share of the output');
    }
    if (this.#allUs + costUs > OUTPUT_LIMIT_US) {
      return new WeirError('TOO_MANY_STREAMS', 'the output carries as much as its thread can mix in time');
    }
    return undefined;
  }

  charge(client: number, costUs: number): void {
    this.#allUs += costUs;
    this.#ofClient.set(client, this.#of(client) + costUs);
  }

  /** Gives back what `charge` took. */
  release(client: number, costUs: number): void {
    this.#allUs -= costUs;
    const rest = this.#of(client) - costUs;
    // Sums of fractions come back to zero only nearly.
    if (rest > 0.001) this.#ofClient.set(client, rest);
    else this.#ofClient.delete(client);
  }

  #of(client: number): number {
    return this.#ofClient.get(client) ?? 0;
  }
}
