/** What HTTP may cost. */
export const HTTP_LIMITS = {
  /** Connections at once, WebSockets included. */
  connections: 768,
  /** Of these, those of all other machines together, and of one address of theirs. */
  lanConnections: 384,
  addressConnections: 40,
  /** Connections that one other address may begin in the time of `openingsMs`: a page takes eight, and twenty a second while it gets no answer. */
  openings: 200,
  openingsMs: 10_000,
  /** One machine has a whole network of IPv6 (a /64) to call from, but a house shares it: so many times what one address may. */
  networkShare: 3,
  /** Other addresses whose connections are counted. */
  countedAddresses: 1024,
  /** Connections before their first byte or in TLS's handshake, of this machine and of all others; one more, and the first goes. */
  waiting: 64,
  /** Connections that have not shown a right to be here, of this machine and of all others; one more, and the first of them goes. */
  crowd: 128,
  /** JSON of one request. */
  bodyBytes: 16 * 1024,
  /** A connection on which nothing moves; WebSockets have limits of their own. */
  idleMs: 5000,
  /** From the first byte to the end of the headers, and to the end of the request. */
  headersMs: 3000,
  requestMs: 5000,
  /** Connections are looked at for these this often. */
  checkMs: 1000,
  /** Requests of one process in the time of `requestsMs`. */
  requests: 500,
  requestsMs: 10_000,
  /** … and of one address that is not let in yet: for the page that says how it may be. */
  strangerRequests: 60,
  /** Processes whose requests are counted; the oldest is forgotten. */
  countedProcesses: 1000,
  /** Players without a script that listen at once, in all and by one browser's key, or its signed addresses. */
  players: 64,
  playersOfKey: 24,
  /** One answer of a session that the API waits for. */
  answerMs: 2000,
} as const;
