import type { Socket } from 'node:net';

/**
 * Connections that may yet turn out to be nobody's. There is room for `places` of them; one more, and the one that came first
 * goes: who says nothing keeps nobody out.
 */
export class Anteroom {
  readonly #waiting = new Map<string, Socket>();

  constructor(readonly places: number) {}

  enter(socket: Socket): void {
    const ends = endsOf(socket);
    this.#waiting.set(ends, socket);
    socket.once('close', () => {
      if (this.#waiting.get(ends) === socket) this.#waiting.delete(ends);
    });
    const [first] = this.#waiting.values();
    if (this.#waiting.size > this.places) first?.destroy();
  }

  /** It goes further in, as itself or as the TLS over it. */
  leave(socket: Socket): void {
    this.#waiting.delete(endsOf(socket));
  }
}

/** Names a connection: TLS does not tell which socket it goes over, but has the same two ends. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
