import { WeirError } from '../observe/errors.js';
import type { House } from './house.js';
import type { Inlet, Outlet, Peer, Reception as Port } from './port.js';
import { Session } from './session.js';

/** Every connection of the server, by the number that the mixer shows. */
export class Reception implements Port {
  readonly #sessions = new Map<number, Session>();
  #nextClient = 1;

  /** `house` is asked for late: sessions and the rooms they work with know each other. */
  constructor(readonly house: () => House) {}

  accept(peer: Peer, outlet: Outlet): Inlet | WeirError {
    const house = this.house();
    if (this.#sessions.size >= house.limits.clients) {
      return new WeirError('TOO_MANY_CLIENTS', `${house.limits.clients} clients are connected`);
    }
    // A ticket or a request may be older than what became of its pairing meanwhile.
    const pairing = peer.pairing?.id;
    if (pairing && !house.pairings.has(pairing)) {
      return new WeirError('PAIRING_REVOKED', 'the pairing was taken back');
    }
    const session = new Session(this.#nextClient++, peer, outlet, house);
    this.#sessions.set(session.client, session);
    return session;
  }

  get all(): Iterable<Session> {
    return this.#sessions.values();
  }

  find(client: number): Session | undefined {
    return this.#sessions.get(client);
  }

  forget(session: Session): void {
    this.#sessions.delete(session.client);
    this.house().mixerFeed.touch();
  }

  /** A pairing was taken back: whatever came with its key ends at once. */
  endPairing(id: string): void {
    for (const session of [...this.#sessions.values()])
      if (session.peer.pairing?.id === id) session.end(new WeirError('PAIRING_REVOKED', 'the pairing was taken back'));
  }

  close(): void {
    for (const session of [...this.#sessions.values()])
      session.end(new WeirError('GOING_DOWN', 'the server is stopping'));
  }
}
