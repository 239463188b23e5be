import type { Role } from '../../policy/may.js';
import { CODE_BYTES, CODE_LIFE_MS, CODES_MAX } from './limits.js';
import { digestOf, findByDigest, newSecret } from './secret.js';

interface Waiting {
  readonly digest: Buffer;
  readonly role: Role;
  readonly untilMs: number;
}

/** The one-use codes of the links that nobody has opened yet. `nowMs` is of a clock that nobody can set. */
export class LinkCodes {
  #waiting: readonly Waiting[] = [];

  constructor(readonly nowMs: () => number = () => performance.now()) {}

  /** A new code; past CODES_MAX the oldest goes. */
  issue(role: Role): string {
    const code = newSecret(CODE_BYTES);
    const newest = { digest: digestOf(code), role, untilMs: this.nowMs() + CODE_LIFE_MS };
    this.#waiting = [...this.#living(), newest].slice(-CODES_MAX);
    return code;
  }

  /** What the code stands for, once. */
  take(code: string): Role | undefined {
    const found = findByDigest(this.#living(), digestOf(code), ({ digest }) => digest);
    this.#waiting = this.#living().filter((waiting) => waiting !== found);
    return found?.role;
  }

  #living(): readonly Waiting[] {
    const nowMs = this.nowMs();
    return this.#waiting.filter(({ untilMs }) => nowMs < untilMs);
  }
}
