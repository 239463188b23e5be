import { WeirError } from '../observe/errors.js';

/** The bytes that somebody may hold, in pools and samples together. A connection's is a share of what its user may hold, and takes of both. */
export class Quota {
  readonly #whole: Quota | undefined;
  #usedBytes = 0;

  /** `whole`: what this is a share of. */
  constructor(
    readonly limitBytes: number,
    whole?: Quota,
  ) {
    this.#whole = whole;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes `bytes`, or says why not. */
  charge(bytes: number): WeirError | undefined {
    if (this.#usedBytes + bytes > this.limitBytes) {
      const what = `${bytes} bytes more would be ${this.#usedBytes + bytes} of ${this.limitBytes}`;
      return new WeirError('QUOTA_EXCEEDED', what);
    }
    const refused = this.#whole?.charge(bytes);
    if (refused) return refused;
    this.#usedBytes += bytes;
    return undefined;
  }

  /** Gives back what `charge` took. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#whole?.release(bytes);
  }
}

/** Bytes that were charged to a quota, until they are given back. */
export class Charge {
  #quota: Quota;

  private constructor(
    quota: Quota,
    readonly bytes: number,
  ) {
    this.#quota = quota;
  }

  static take(quota: Quota, bytes: number): Charge | WeirError {
    return quota.charge(bytes) ?? new Charge(quota, bytes);
  }

  /** From one client to another, all of them or none. */
  static move(charges: readonly Charge[], to: Quota): WeirError | undefined {
    // Given back first: both may be shares of one whole, which has no room for it twice.
    for (const charge of charges) charge.release();
    const refused = to.charge(charges.reduce((sum, { bytes }) => sum + bytes, 0));
    for (const charge of charges) {
      if (refused) charge.#quota.charge(charge.bytes);
      else charge.#quota = to;
    }
    return refused;
  }

  release(): void {
    this.#quota.release(this.bytes);
  }
}
