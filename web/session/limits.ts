/** What the page expects of a connection that lives. */
export const SESSION_LIMITS = {
  /** A clock exchange this often; it shows the round trip and that the server is there. */
  pingMs: 800,
  /** An exchange unanswered for so long means that the server or the network is gone. */
  silentMs: 2000,
  /** How long a connection may take to become a session. */
  helloMs: 4000,
} as const;
