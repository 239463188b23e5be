import { WeirError } from '../observe/errors.js';
import { Counts } from './counts.js';
import type { Guest } from './guest.js';
import type { House } from './house.js';
import { PLACES_TOGETHER } from './limits.js';
import { partiesOf, type PartyKind } from './party.js';
import type { Inlet, Outlet, Peer, Reception as Port } from './port.js';
import { Session } from './session.js';

const PARTY_WORDS: Readonly<Record<PartyKind, string>> = {
  user: 'user',
  sandboxes: 'user’s sandboxes',
  machine: 'machine',
  key: 'browser',
};

/** Every connection of the server, by the number that the mixer shows. */
export class Reception implements Port {
  readonly #guests = new Map<number, { readonly guest: Guest; readonly leave: () => void }>();
  readonly #places = new Counts<string>();
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
    const leave = this.#takePlace(peer, house.limits.clients);
    if (leave instanceof WeirError) return leave;
    const guest = welcome(this.#nextClient++, house);
    this.#guests.set(guest.client, { guest, leave });
    return guest;
  }

  get all(): readonly Guest[] {
    return Array.from(this.#guests.values(), ({ guest }) => guest);
  }

  find(client: number): Guest | undefined {
    return this.#guests.get(client)?.guest;
  }

  forget({ client }: Guest): void {
    this.#guests.get(client)?.leave();
    this.#guests.delete(client);
    this.house().mixerFeed.touch();
  }

  /** A pairing was taken back: whatever came with its key ends at once. */
  endPairing(id: string): void {
    for (const guest of this.all)
      if (guest.peer.pairing?.id === id) guest.end(new WeirError('PAIRING_REVOKED', 'the pairing was taken back'));
  }

  close(): void {
    for (const guest of this.all) guest.end(new WeirError('GOING_DOWN', 'the server is stopping'));
  }

  /** A place among those that the peer's parties may have; what it returns gives it back. */
  #takePlace(peer: Peer, clients: number): (() => void) | WeirError {
    const parties = partiesOf(peer);
    for (const { kind, key } of parties) {
      const places = Math.ceil(clients * PLACES_TOGETHER[kind]);
      if (this.#places.of(key) < places) continue;
      return new WeirError('TOO_MANY_CLIENTS', `${places} clients of this ${PARTY_WORDS[kind]} are connected`);
    }
    const taken = parties.map(({ key }) => this.#places.take(key));
    return () => taken.forEach((giveBack) => giveBack());
  }
}
