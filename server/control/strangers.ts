import type { Server, Socket } from 'node:net';
import { HTTP_LIMITS } from './limits.js';

/**
 * The connections that have not passed the gate. They never get the places of those that have: with more than
 * HTTP_LIMITS.crowd of them, the one that came first goes, unless `isStranger` knows it after all.
 */
export class Strangers {
  readonly #connections = new Set<Socket>();

  constructor(
    server: Server,
    readonly isStranger: (socket: Socket) => Promise<boolean>,
  ) {
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
      if (this.#connections.size > HTTP_LIMITS.crowd) void this.#doubtFirst();
    });
  }

  /** Somebody whom we know sent a request over this connection. */
  passed(socket: Socket): void {
    this.#connections.delete(socket);
  }

  async #doubtFirst(): Promise<void> {
    const [first] = this.#connections;
    if (!first) return;
    this.#connections.delete(first);
    if (await this.isStranger(first)) first.destroy();
  }
}
