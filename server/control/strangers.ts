import type { Server, Socket } from 'node:net';
import { isLoopback } from '../config/address.js';
import { HTTP_LIMITS } from './limits.js';

/**
 * The connections that have not passed the gate. They never get the places of those that have: with more than
 * HTTP_LIMITS.crowd of them, the one that came first goes, unless `isStranger` knows it after all. Those of this machine and
 * those of others do not push each other out.
 */
export class Strangers {
  readonly #local = new Set<Socket>();
  readonly #lan = new Set<Socket>();

  constructor(
    server: Server,
    readonly isStranger: (socket: Socket) => Promise<boolean>,
  ) {
    server.on('connection', (socket: Socket) => {
      const crowd = isLoopback(socket.remoteAddress ?? '') ? this.#local : this.#lan;
      crowd.add(socket);
      socket.once('close', () => crowd.delete(socket));
      if (crowd.size > HTTP_LIMITS.crowd) void this.#doubtFirst(crowd);
    });
  }

  /** Somebody whom we know sent a request over this connection. */
  passed(socket: Socket): void {
    this.#local.delete(socket);
    this.#lan.delete(socket);
  }

  async #doubtFirst(crowd: Set<Socket>): Promise<void> {
    const [first] = crowd;
    if (!first) return;
    crowd.delete(first);
    // Whom we cannot look at, we do not know.
    if (await this.isStranger(first).catch(() => true)) first.destroy();
  }
}
