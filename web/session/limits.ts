/** What the page expects of a connection that lives. */
export const SESSION_LIMITS = {
  /** A clock exchange this often; it shows the round trip and that the server is there. */
  pingMs: 800,
  /** An exchange unanswered for so long means that the server or the network is gone. */
  silentMs: 2000,
  /** How long a connection may take to become a session. */
  helloMs: 4000,
  /** After a loss, how long streams keep what they were, to be taken over by the next connection. The server keeps them no longer. */
  limboMs: 8000,
  /** How long the streams' move to another connection may take before the old one is closed all the same. */
  moveMs: 2000,
  /** Between two tries to get WebTransport while there is WebSocket: the first and the longest. */
  betterFirstMs: 2000,
  betterLongestMs: 120_000,
  /** A better connection that lives no longer than this was none. */
  betterProvenMs: 20_000,
} as const;
