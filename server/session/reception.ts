import { WeirError } from '../observe/errors.js';
import type { Guest } from './guest.js';
import type { House } from './house.js';
import type { Inlet, Outlet, Peer, Reception as Port } from './port.js';
import { Session } from './session.js';

/** Every connection of the server, by the number that the mixer shows. */
export class Reception implements Port {
  readonly #guests = new Map<number, Guest>();
  #nextClient = 1;

  /** `house` is asked for late: sessions and the rooms they work with know each other. */
  constructor(readonly house: () => House) {}

  accept(peer: Peer, outlet: Outlet): Inlet | WeirError {
    return this.admit(peer, (client, house) => new Session(client, peer, outlet, house));
  }

  /** Takes a connection in that speaks a protocol of its own; it says when it goes (`forget`). */
  admit<G extends Guest>(peer: Peer, welcome: (client: number, house: House) => G): G | WeirError {
    const house = this.house();
    if (this.#guests.size >= house.limits.clients) {
      return new WeirError('TOO_MANY_CLIENTS', `${house.limits.clients} clients are connected`);
    }
    // A ticket or a request may be older than what became of its pairing meanwhile.
    const pairing = peer.pairing?.id;
    if (pairing && !house.pairings.has(pairing)) {
      return new WeirError('PAIRING_REVOKED', 'the pairing was taken back');
    }
    const guest = welcome(this.#nextClient++, house);
    this.#guests.set(guest.client, guest);
    return guest;
  }

  get all(): Iterable<Guest> {
    return this.#guests.values();
  }

  find(client: number): Guest | undefined {
    return this.#guests.get(client);
  }

  forget({ client }: Guest): void {
    this.#guests.delete(client);
    this.house().mixerFeed.touch();
  }

  /** A pairing was taken back: whatever came with its key ends at once. */
  endPairing(id: string): void {
    for (const guest of [...this.#guests.values()])
      if (guest.peer.pairing?.id === id) guest.end(new WeirError('PAIRING_REVOKED', 'the pairing was taken back'));
  }

  close(): void {
    for (const guest of [...this.#guests.values()]) guest.end(new WeirError('GOING_DOWN', 'the server is stopping'));
  }
}
