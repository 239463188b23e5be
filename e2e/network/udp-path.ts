import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Agenda } from './agenda.js';
import type { Link } from './link.js';

/** A UDP proxy with a network inside: every peer gets a socket of its own towards the target. */
export class UdpPath {
  readonly #near = createSocket('udp4');
  readonly #far = new Map<number, Socket>();
  readonly #agenda = new Agenda();

  constructor(
    readonly targetPort: number,
    readonly up: Link,
    readonly down: Link,
  ) {
    this.#near.on('message', (bytes, peer) => {
      this.#carry(this.up, bytes, () => this.#towards(peer.port).send(bytes, this.targetPort, '127.0.0.1'));
    });
  }

  async listen(port: number): Promise<void> {
    this.#near.bind(port, '127.0.0.1');
    await once(this.#near, 'listening');
  }

  close(): void {
    this.#agenda.clear();
    this.#near.close();
    for (const socket of this.#far.values()) socket.close();
    this.#far.clear();
  }

  #towards(peerPort: number): Socket {
    const known = this.#far.get(peerPort);
    if (known) return known;
    const socket = createSocket('udp4');
    // An answer of ICMP (nobody listens) is no news here: the peer finds out by itself.
    socket.on('error', () => undefined);
    socket.on('message', (bytes) => {
      this.#carry(this.down, bytes, () => this.#near.send(bytes, peerPort, '127.0.0.1'));
    });
    this.#far.set(peerPort, socket);
    return socket;
  }

  #carry(link: Link, bytes: Buffer, deliver: () => void): void {
    for (const atMs of link.datagram(bytes.length, performance.now())) this.#agenda.add(atMs, deliver);
  }
}
