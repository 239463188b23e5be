import type { weir } from '#proto';
import { WeirError } from '../observe/errors.js';
import { logOf } from '../observe/log.js';
import { type Answer, DONE } from './answer.js';
import { ROLE_CHARACTERS_MAX } from './limits.js';
import type { Grant } from './pairing/grant.js';
import { readableName } from './parse-open.js';
import type { Session } from './session.js';

const log = logOf('pairing');

/** Letting browsers in, and out again. */
export function pairingRequest(session: Session, message: weir.v1.ClientMessage): Answer {
  const { pairings } = session.house;
  switch (message.body) {
    case 'pair': {
      const role = message.pair?.role || 'owner';
      if (role !== 'owner') return new WeirError('ROLE_UNKNOWN', `there is no role ${quote(role)}`);
      const pairLink = pairings.invite(role);
      return pairLink instanceof WeirError
        ? pairLink
        : { pairLink: { ...pairLink, otherUrls: [...pairLink.otherUrls] } };
    }
    case 'listPairings':
      return pairings.broken ?? { pairings: { pairings: pairings.all.map(wordsOf) } };
    case 'revokePairing':
      void pairings.revoke(message.revokePairing?.id ?? '').then(
        (failure) => session.answer(message.requestId, failure ?? DONE),
        (error: unknown) => {
          log.error(error, 'a pairing was not taken back as it should');
          session.answer(message.requestId, new WeirError('INTERNAL', 'the request failed'));
        },
      );
      return 'later';
    default:
      return new WeirError('BAD_MESSAGE', 'no request about pairings');
  }
}

function wordsOf({ id, name, role, pairedS, lastSeenS, lastAddress }: Grant): weir.v1.IPairing {
  return { id, name, role, pairedS, lastSeenS, lastAddress };
}

function quote(role: string): string {
  return JSON.stringify(readableName(role, ROLE_CHARACTERS_MAX));
}
