import type { ServerMessage } from '../carrier/carrier.js';
import { Refusal, serverFailure, type Failure } from './failure.js';

interface Waiting {
  resolve(answer: ServerMessage): void;
  reject(refusal: Refusal): void;
}

/** Joins answers to the requests that they answer. One object lives as long as one connection. */
export class Requests {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** A number for a request that is sent now, and its answer: rejected with a Refusal if it fails. */
  open(): { id: number; answer: Promise<ServerMessage> } {
    do this.#lastId = (this.#lastId + 1) >>> 0;
    while (this.#lastId === 0 || this.#waiting.has(this.#lastId));
    const id = this.#lastId;
    const answer = new Promise<ServerMessage>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    return { id, answer };
  }

  /** True when `message` answered a request of ours. */
  settle(message: ServerMessage): boolean {
    const waiting = this.#waiting.get(message.requestId);
    if (!waiting) return false;
    this.#waiting.delete(message.requestId);
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

export function failureFrom({ code, what, wayOut }: NonNullable<ServerMessage['failure']>): Failure {
  return serverFailure(code ?? '', what ?? '', wayOut ?? '');
}
