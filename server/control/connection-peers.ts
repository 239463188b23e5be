import type { Socket } from 'node:net';
import { WeirError } from '../observe/errors.js';
import { type LocalProcess, TcpPeers } from '../session/identity/tcp-peer.js';

/** Who is at the other end of each connection, asked of the kernel once a connection, at its first request. */
export class ConnectionPeers {
  readonly #peers = new TcpPeers();
  readonly #known = new WeakMap<Socket, Promise<LocalProcess | WeirError>>();

  of(socket: Socket): Promise<LocalProcess | WeirError> {
    const known = this.#known.get(socket);
    if (known) return known;
    const asked = this.#ask(socket);
    this.#known.set(socket, asked);
    return asked;
  }

  #ask({ localAddress, localPort, remoteAddress, remotePort }: Socket): Promise<LocalProcess | WeirError> {
    if (!localAddress || !localPort || !remoteAddress || !remotePort) {
      return Promise.resolve(new WeirError('PEER_UNKNOWN', 'the connection is gone'));
    }
    return this.#peers.identify({
      ours: { address: localAddress, port: localPort },
      theirs: { address: remoteAddress, port: remotePort },
    });
  }
}
