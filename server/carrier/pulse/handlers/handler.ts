import type { WeirError } from '../../../observe/errors.js';
import type { Verb } from '../../../policy/may.js';
import type { PulseClient } from '../pulse-client.js';
import type { CommandName, ReplyBody, RequestBody } from '../wire/requests.js';

/** What a request comes to: the fields of its reply, a refusal, or `later` when it is answered otherwise or not at all. */
export type Outcome<Reply> = Reply | WeirError | 'later';
export type Done = Outcome<undefined>;

/** It is done already: the reply has no fields. */
export function done(..._what: unknown[]): undefined {
  return undefined;
}

/** One command: what its client must be allowed, and what is done then. */
export interface Handler<Name extends CommandName> {
  readonly verb: Verb;
  carryOut(client: PulseClient, asked: RequestBody<Name>, tag: number): Outcome<ReplyBody<Name>>;
}

export type Handlers<Names extends CommandName = CommandName> = { readonly [Name in Names]: Handler<Name> };
