import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../config/address.js';
import { WeirError } from '../observe/errors.js';
import type { IdentityDesk } from '../session/identity/identity-desk.js';
import type { ListenLinks } from '../session/pairing/listen-links.js';
import type { Pairings, Whence } from '../session/pairing/pairings.js';
import type { Bearer, Identity } from '../session/port.js';
import { ConnectionPeers } from './connection-peers.js';
import { keyIn } from './key-cookie.js';

/** Who sent a request: the bearer of a key or of a signed address, else the process that the kernel names. */
export class Senders {
  readonly #connections: ConnectionPeers;

  constructor(
    desk: IdentityDesk,
    readonly pairings: Pairings,
    readonly listenLinks: ListenLinks,
  ) {
    this.#connections = new ConnectionPeers(desk);
  }

  async of(request: FastifyRequest): Promise<Identity | WeirError> {
    const bearer = this.#bySignature(request) ?? (await this.#byKey(request));
    if (bearer && !(bearer instanceof WeirError)) return { pairing: bearer };
    const { socket } = request.raw;
    if (!isLoopback(socket.remoteAddress ?? '')) {
      return bearer ?? new WeirError('PAIRING_NEEDED', 'this browser is not paired');
    }
    // Our own user's browser needs no key, not even where it holds one that is good for nothing.
    const local = await this.#connections.process(socket);
    return local instanceof WeirError ? (bearer ?? local) : local;
  }

  /** Where it came from, as far as a key may be bound to it. */
  whence(request: FastifyRequest): Promise<Whence | WeirError> {
    return this.#connections.whence(request.raw.socket);
  }

  /** Whether nothing but a key can let this connection in. */
  async isStranger(socket: FastifyRequest['raw']['socket']): Promise<boolean> {
    return (await this.#connections.process(socket)) instanceof WeirError;
  }

  #bySignature({ method, raw }: FastifyRequest): Bearer | WeirError | undefined {
    return method === 'GET' || method === 'HEAD' ? this.listenLinks.bearerOf(raw.url ?? '') : undefined;
  }

  async #byKey(request: FastifyRequest): Promise<Bearer | WeirError | undefined> {
    const key = keyIn(request);
    if (key === undefined) return undefined;
    const whence = await this.whence(request);
    return whence instanceof WeirError ? whence : this.pairings.identify(key, whence);
  }
}
