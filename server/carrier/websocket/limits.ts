import { MESSAGE_LIMIT_BYTES } from '../../session/limits.js';

/** What one WebSocket may cost. */
export const WEBSOCKET_LIMITS = {
  /** One ClientMessage; past it the connection ends with close code 1009. */
  messageBytes: MESSAGE_LIMIT_BYTES,
  /** Frames of one message, and pieces of one frame as TCP delivers them: crumbs must not cost more than their bytes. */
  fragments: 256,
  bufferedChunks: 4096,
  /** A ping this often. */
  heartbeatMs: 500,
  /** Heartbeats without a sign of life, then the peer is dead: 6 s, a network may be away for 5. Counted, not timed, so that a stall of our own kills nobody. */
  silentHeartbeats: 12,
  /** A ping after so many bytes too: its pong says that they were read. */
  acknowledgeBytes: 16 * 1024,
  /** And where the last one is so old: sound that is not read must be noticed before much more of it is sent. */
  acknowledgeMs: 200,
  /** Sent and not read. The session drops audio long before; a peer past this is cut off. */
  unreadBytes: 4 * 1024 * 1024,
  /** Connections that wait to be spoken on, and how long each may. */
  spares: 256,
  spareMs: 60_000,
  /** How long the peer has to answer our close frame. */
  closeMs: 1000,
} as const;
