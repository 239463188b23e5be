import { WeirError } from '../observe/errors.js';

/** The bytes that one client may hold, in its pools and samples together. */
export class Quota {
  #usedBytes = 0;

  constructor(readonly limitBytes: number) {}

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes `bytes`, or says why not. */
  charge(bytes: number): WeirError | undefined {
    if (this.#usedBytes + bytes > this.limitBytes) {
      const what = `${bytes} bytes more would be ${this.#usedBytes + bytes} of ${this.limitBytes}`;
      return new WeirError('QUOTA_EXCEEDED', what);
    }
    this.#usedBytes += bytes;
    return undefined;
  }

  /** Gives back what `charge` took. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
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
    const refused = to.charge(charges.reduce((sum, { bytes }) => sum + bytes, 0));
    if (refused) return refused;
    for (const charge of charges) {
      charge.release();
      charge.#quota = to;
    }
    return undefined;
  }

  release(): void {
    this.#quota.release(this.bytes);
  }
}
