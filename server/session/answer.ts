import type { weir } from '#proto';
import type { WeirError } from '../observe/errors.js';

/** What a request comes to: an answer now, a refusal, or `later` when somebody else will answer it. */
export type Answer = weir.v1.IServerMessage | WeirError | 'later';

export const DONE: weir.v1.IServerMessage = { done: {} };

/** A refusal as the wire has it. */
export function failureOf({ code, what, wayOut }: WeirError): weir.v1.IFailure {
  return { code, what, wayOut };
}
