import { WeirError } from '../observe/errors.js';

/** What a connection can ask for, as far as permission goes. `choose`: know of every output, not of the default one alone. */
export type Verb = 'greet' | 'play' | 'choose' | 'record' | 'look' | 'mix' | 'admit';

/** What a key lets its bearer be. `listener`: a signed listening address, which nobody is paired as. */
export type Role = 'owner' | 'listener';

/** Who asks: as the kernel says, or as the key that it came with says; not as the peer does. */
export interface Asker {
  /** Absent: not a process that the kernel named. */
  readonly uid?: number;
  /** Came with a key: then this alone decides. */
  readonly pairing?: { readonly role: Role };
  /** What holds its process in; absent: nothing, or it was not asked. */
  readonly sandbox?: string;
  /** Came over the network, from this address, with the cookie that lets it play: then this alone decides. */
  readonly remote?: string;
}

const ROOT = 0;

const ROLE_VERBS: Readonly<Record<Role, readonly Verb[]>> = {
  owner: ['greet', 'play', 'choose', 'record', 'look', 'mix', 'admit'],
  listener: ['greet', 'record'],
};

/** Its cookie came in clear over a network: whoever saw it there shall not hear a room by it. */
const REMOTE_VERBS: readonly Verb[] = ['greet', 'play', 'choose'];

/**
 * Whether `asker` may use a verb on the server of `ownUid`. The server's own user, root, and browsers paired as owner
 * may do all. Other users reach it only where its socket was opened to them by configuration: they may play, but neither
 * hear nor see others nor touch any fader; a program in a sandbox may do no more, whoever's it is. A program of another machine may also
 * choose the output that it plays into.
 */
export function may({ uid, pairing, sandbox, remote }: Asker, verb: Verb, ownUid: number): WeirError | undefined {
  if (pairing) {
    if (ROLE_VERBS[pairing.role].includes(verb)) return undefined;
    return new WeirError('NOT_ALLOWED', `a ${pairing.role} may not ${verb} here`);
  }
  if (remote !== undefined) {
    if (REMOTE_VERBS.includes(verb)) return undefined;
    return new WeirError('NOT_ALLOWED', `a program of another machine (${remote}) may not ${verb} here`);
  }
  if (uid === undefined) return new WeirError('NOT_ALLOWED', `a stranger may not ${verb} here`);
  if (verb === 'greet' || verb === 'play') return undefined;
  if (sandbox !== undefined)
    return new WeirError('NOT_ALLOWED', `a program in a sandbox (${sandbox}) may not ${verb} here`);
  if (uid === ownUid || uid === ROOT) return undefined;
  return new WeirError('NOT_ALLOWED', `user ${uid} may not ${verb} here`);
}
