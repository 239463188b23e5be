import type { Socket } from 'node:net';
import { isLoopback, plainAddress } from '../config/address.js';
import { WeirError } from '../observe/errors.js';
import type { IdentityDesk } from '../session/identity/identity-desk.js';
import type { SocketOwner } from '../session/identity/socket-owners.js';
import { isDoubtful, judgeOwner, type LocalProcess, tcpOwner } from '../session/identity/tcp-peer.js';
import type { Whence } from '../session/pairing/pairings.js';

/** Who is at the other end of each connection, asked of the kernel once a connection, at its first request. */
export class ConnectionPeers {
  readonly #known = new WeakMap<Socket, Promise<SocketOwner | WeirError>>();

  constructor(readonly desk: IdentityDesk) {}

  /** The process, where it is one that needs no key; else PEER_UNKNOWN. */
  async process(socket: Socket): Promise<LocalProcess | WeirError> {
    const owner = await this.#owner(socket);
    return owner instanceof WeirError ? owner : judgeOwner(owner);
  }

  /** PEER_UNKNOWN for a loopback connection whose user is not known. */
  async whence(socket: Socket): Promise<Whence | WeirError> {
    const address = plainAddress(socket.remoteAddress ?? '');
    if (!isLoopback(address)) return { address };
    const owner = await this.#owner(socket);
    return owner instanceof WeirError ? owner : { address, uid: owner.uid };
  }

  #owner(socket: Socket): Promise<SocketOwner | WeirError> {
    const known = this.#known.get(socket);
    if (known) return known;
    const asked = this.#ask(socket);
    this.#known.set(socket, asked);
    // Looking may have failed for no fault of the peer's: its next request is a new chance.
    void asked.then(
      (owner) => {
        if (owner instanceof WeirError || isDoubtful(owner)) this.#known.delete(socket);
      },
      () => this.#known.delete(socket),
    );
    return asked;
  }

  async #ask({ localAddress, localPort, remoteAddress, remotePort }: Socket): Promise<SocketOwner | WeirError> {
    if (!localAddress || !localPort || !remoteAddress || !remotePort) {
      return new WeirError('PEER_UNKNOWN', 'the connection is gone');
    }
    const ours = { address: localAddress, port: localPort };
    return tcpOwner({ ours, theirs: { address: remoteAddress, port: remotePort } }, this.desk);
  }
}
