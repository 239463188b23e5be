import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { Agenda } from './agenda.js';
import { ByteFlow } from './byte-flow.js';
import type { Link } from './link.js';

/** A TCP proxy with a network inside. */
export class TcpPath {
  readonly #server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => this.#join(near));
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

  #join(near: Socket): void {
    const far = connect({ port: this.targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    new ByteFlow(near, far, this.up, this.#agenda);
    new ByteFlow(far, near, this.down, this.#agenda);
  }
}
