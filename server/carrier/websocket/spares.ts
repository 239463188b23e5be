import type { WebSocket } from '@fastify/websocket';
import { CLOSE } from './websocket-outlet.js';
import { WEBSOCKET_LIMITS } from './limits.js';

/**
 * WebSockets that wait to be needed: after an outage a page speaks at once on one over which nothing was under way. Until
 * then there is no session, and not a byte goes over them: what got lost would wait ever longer to be sent again.
 */
export class Spares {
  readonly #waiting = new Set<WebSocket>();

  /** `join` takes it with its first message, which is passed on after that. One more than there is room for, and the first goes. */
  keep(socket: WebSocket, join: () => void): void {
    const leave = (): void => {
      clearTimeout(limit);
      this.#waiting.delete(socket);
    };
    const limit = setTimeout(() => socket.close(CLOSE.NORMAL), WEBSOCKET_LIMITS.spareMs);
    socket.once('close', leave);
    socket.once('message', (data, isBinary) => {
      socket.off('close', leave);
      leave();
      join();
      socket.emit('message', data, isBinary);
    });
    this.#waiting.add(socket);
    const [first] = this.#waiting;
    if (this.#waiting.size > WEBSOCKET_LIMITS.spares) first?.close(CLOSE.NORMAL);
  }
}
