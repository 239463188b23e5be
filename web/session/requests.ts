import type { weir } from '#proto';
import { Refusal, serverFailure, type Failure } from './failure.js';

/** A ServerMessage, also when it crossed from another thread: then no instance of a class. */
export type Answer = weir.v1.ServerMessage.$Properties;

interface Waiting {
  resolve(answer: Answer): void;
  reject(refusal: Refusal): void;
}

/** Joins answers to the requests that they answer. One object lives as long as one connection. */
export class Requests {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** A number for a request that is sent now, and its answer: rejected with a Refusal if it fails. */
  open(): { id: number; answer: Promise<Answer> } {
    do this.#lastId = (this.#lastId + 1) >>> 0;
    while (this.#lastId === 0 || this.#waiting.has(this.#lastId));
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    return { id, answer };
  }

  /** True when `message` answered a request of ours. */
  settle(message: Answer): boolean {
    const waiting = this.#waiting.get(message.requestId ?? 0);
    if (!waiting) return false;
    this.#waiting.delete(message.requestId ?? 0);
    if (message.failure) waiting.reject(new Refusal(failureFrom(message.failure)));
    else waiting.resolve(message);
    return true;
  }

  /** The connection is gone: nothing will be answered any more. */
  fail(failure: Failure): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of all) waiting.reject(new Refusal(failure));
  }
}

export function failureFrom({ code, what, wayOut }: weir.v1.Failure.$Properties): Failure {
  return serverFailure(code ?? '', what ?? '', wayOut ?? '');
}
