import { WeirError } from '../observe/errors.js';

/** What a connection can ask for, as far as permission goes. */
export type Verb = 'greet' | 'play' | 'record' | 'look' | 'mix' | 'admit';

/** Who asks: as the kernel says, not as the peer does. */
export interface Asker {
  readonly uid: number;
}

const ROOT = 0;

/**
 * Whether `asker` may use a verb on the server of `ownUid`. The server's own user, and root, may do all. Others reach it
 * only where its socket was opened to them by configuration: they may play, but neither hear nor
 * see others nor touch any fader.
 */
export function may(asker: Asker, verb: Verb, ownUid: number): WeirError | undefined {
  if (asker.uid === ownUid || asker.uid === ROOT) return undefined;
  if (verb === 'greet' || verb === 'play') return undefined;
  return new WeirError('NOT_ALLOWED', `user ${asker.uid} may not ${verb} here`);
}
