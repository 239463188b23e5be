import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { Agenda } from './agenda.js';
import { ByteFlow } from './byte-flow.js';
import type { Link } from './link.js';

/** What opens a connection is tried again after a second, then after two (RFC 6298, section 2). */
const OPENING_RETRY_MS = 1000;

/** A TCP proxy with a network inside. */
export class TcpPath {
  readonly #server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    this.#greet(near, OPENING_RETRY_MS);
  });
  readonly #agenda = new Agenda();
  readonly #sockets = new Set<Socket>();

  constructor(
    readonly targetPort: number,
    readonly up: Link,
    readonly down: Link,
  ) {}

  /** The port it took. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  close(): void {
    this.#agenda.clear();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The kernel has opened it already: for the network that takes a round trip, once there is one. */
  #greet(near: Socket, retryMs: number): void {
    if (!this.#sockets.has(near)) this.#hold(near);
    if (near.destroyed) return;
    const nowMs = performance.now();
    if (this.up.opens()) this.#agenda.add(nowMs + this.up.roundTripMs(), () => this.#join(near));
    else this.#agenda.add(nowMs + retryMs, () => this.#greet(near, 2 * retryMs));
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #join(near: Socket): void {
    if (near.destroyed) return;
    const far = connect({ port: this.targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.#hold(far);
    new ByteFlow(near, far, this.up, this.#agenda);
    new ByteFlow(far, near, this.down, this.#agenda);
    near.resume();
  }
}
