import type { Socket } from 'node:net';
import { WeirError } from '../observe/errors.js';
import type { IdentityDesk } from '../session/identity/identity-desk.js';
import { type LocalProcess, tcpPeer } from '../session/identity/tcp-peer.js';

/** Who is at the other end of each connection, asked of the kernel once a connection, at its first request. */
export class ConnectionPeers {
  readonly #known = new WeakMap<Socket, Promise<LocalProcess | WeirError>>();

  constructor(readonly desk: IdentityDesk) {}

  of(socket: Socket): Promise<LocalProcess | WeirError> {
    const known = this.#known.get(socket);
    if (known) return known;
    const asked = this.#ask(socket);
    this.#known.set(socket, asked);
    // Looking may have failed for no fault of the peer's: its next request is a new chance.
    void asked.then((peer) => peer instanceof WeirError && this.#known.delete(socket));
    return asked;
  }

  async #ask({ localAddress, localPort, remoteAddress, remotePort }: Socket): Promise<LocalProcess | WeirError> {
    if (!localAddress || !localPort || !remoteAddress || !remotePort) {
      return new WeirError('PEER_UNKNOWN', 'the connection is gone');
    }
    const ours = { address: localAddress, port: localPort };
    return tcpPeer({ ours, theirs: { address: remoteAddress, port: remotePort } }, this.desk);
  }
}
