import type { WebSocket } from '@fastify/websocket';
import type { ErrorCode } from '../../observe/errors.js';
import type { Outlet } from '../../session/port.js';
import { WEBSOCKET_LIMITS } from './limits.js';
import { UnreadBytes } from './unread-bytes.js';

/** Close codes of RFC 6455, 7.4.1. */
export const CLOSE = { NORMAL: 1000, GOING_AWAY: 1001, UNSUPPORTED_DATA: 1003, POLICY: 1008 } as const;

/** One message out is one binary message; what the peer has not read is known by pings, and so is its death. */
export class WebSocketOutlet implements Outlet {
  readonly #unread = new UnreadBytes();
  readonly #heartbeat: NodeJS.Timeout;
  #silentHeartbeats = 0;
  #pingedMs = 0;
  #farewell: { code: number; reason: string } = { code: CLOSE.NORMAL, reason: '' };

  constructor(readonly socket: WebSocket) {
    const alive = (): void => void (this.#silentHeartbeats = 0);
    socket.on('message', alive);
    socket.on('ping', alive);
    socket.on('pong', (payload: Buffer) => {
      alive();
      this.#unread.pong(payload);
      this.#pingWhereDue();
    });
    this.#heartbeat = setInterval(() => this.#beat(), WEBSOCKET_LIMITS.heartbeatMs);
    socket.on('close', () => clearInterval(this.#heartbeat));
  }

  /** No descriptor crosses a WebSocket: its peers have `sharedMemory: false`. */
  send(message: Uint8Array): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(message);
    this.#unread.sent(message.length);
    this.#pingWhereDue();
    if (this.queuedBytes() > WEBSOCKET_LIMITS.unreadBytes) this.socket.terminate();
  }

  queuedBytes(): number {
    return Math.max(this.#unread.bytes, this.socket.bufferedAmount);
  }

  /** What the close frame will say, if not just good-bye. */
  closesWith(code: number, reason: ErrorCode): void {
    this.#farewell = { code, reason };
  }

  close(): void {
    this.socket.close(this.#farewell.code, this.#farewell.reason);
  }

  #beat(): void {
    if (this.#silentHeartbeats >= WEBSOCKET_LIMITS.silentHeartbeats) return this.socket.terminate();
    this.#silentHeartbeats += 1;
    this.#ping();
  }

  /** After an outage, too: what was sent after the last ping is not known to be read by its pong. */
  #pingWhereDue(): void {
    const { unaskedBytes } = this.#unread;
    const old = performance.now() - this.#pingedMs > WEBSOCKET_LIMITS.acknowledgeMs;
    if (unaskedBytes >= WEBSOCKET_LIMITS.acknowledgeBytes || (unaskedBytes > 0 && old)) this.#ping();
  }

  #ping(): void {
    this.#pingedMs = performance.now();
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping(this.#unread.ping());
  }
}
