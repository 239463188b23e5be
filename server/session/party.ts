import { neighbourhood } from '../config/address.js';
import type { Identity } from './port.js';

/** Those whose connections share what there is: a user, all that his sandboxes hold in, another machine, the bearers of one key. */
export type PartyKind = 'user' | 'sandboxes' | 'machine' | 'key';

export interface Party {
  readonly kind: PartyKind;
  /** Of no other party. */
  readonly key: string;
}

/** Whom a connection shares with, each a part of the one before it. Never what the peer says of itself. */
export function partiesOf({ uid, sandbox, remote, pairing }: Identity): readonly Party[] {
  if (pairing) return [party('key', pairing.id)];
  if (remote !== undefined) return [party('machine', neighbourhood(remote))];
  const user = party('user', uid ?? 'nobody known');
  return sandbox === undefined ? [user] : [user, party('sandboxes', uid ?? 'nobody known')];
}

function party(kind: PartyKind, name: string | number): Party {
  return { kind, key: `${kind} ${name}` };
}
