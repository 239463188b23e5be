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
