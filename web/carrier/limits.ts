/** What one connection may cost this page. */
export const CARRIER_LIMITS = {
  /** Bytes handed to the browser that the network has not taken; past it sound that can wait does, control goes on. */
  queuedBytes: 512 * 1024,
  /** One message of the server's, over WebTransport. The server keeps to Welcome.limits; a snapshot of many streams may be as long. */
  messageBytes: 4 * 1024 * 1024,
  /** From asking for WebTransport to its being open. */
  openMs: 3000,
  /** Datagrams that wait, either way, while this thread or the network is busy; and how old one may get before it is sent. */
  datagrams: 64,
  datagramMs: 100,
  /** Streams each way for sound that is too long for a datagram, each its own line; and what may wait in one of them. */
  lanes: 8,
  laneBytes: 64 * 1024,
} as const;
