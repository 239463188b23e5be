/** What the page expects of a connection that lives. */
export const SESSION_LIMITS = {
  /** A clock exchange this often; it shows the round trip and that the server is there. */
  pingMs: 400,
  /** An exchange unanswered for so long may mean that the network is gone: it is knocked for. */
  silentMs: 500,
  /** Whether one is overdue is looked at this often. */
  lookMs: 100,
  /** Unanswered for so long, a person is told; and for so long, the connection is given up. */
  tellMs: 2000,
  lostMs: 8000,
  /** A knock waits so long for its answer, beside four of the shortest round trips; so many wait at once: a browser makes no more connections. */
  knockMs: 150,
  knocks: 6,
  /** From one knock to the next, at least; and once it has been knocked in vain for `oftenMs`. */
  knockGapMs: 50,
  oftenMs: 10_000,
  seldomMs: 1000,
  /** What was begun after a knock was answered may take so long to open, before it is knocked again. */
  openMs: 600,
  /** How long a connection may take to become a session. */
  helloMs: 4000,
  /** A spare connection is made so long after a session began, and made anew so often; the server keeps none for longer than a minute. */
  spareFirstMs: 2000,
  spareMs: 50_000,
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
