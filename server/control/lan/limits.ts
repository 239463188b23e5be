/** What strangers in the network may cost us, beside what HTTP_LIMITS says of connections. */
export const LAN_LIMITS = {
  /** Connections of the plain page at once. */
  connections: 64,
  /** All headers of a request to it, and the time for a request, its answer included. */
  headerBytes: 4096,
  requestMs: 3000,
  checkMs: 1000,
  /** Interfaces that mDNS speaks on. */
  interfaces: 8,
  /** A packet of mDNS that is looked at: one frame of Ethernet, and its questions. */
  mdnsPacketBytes: 1500,
  mdnsQuestions: 32,
  /** Of these on each interface, in the long run and in a burst: each may cost an answer to each question. */
  mdnsPacketsPerSecond: 20,
  mdnsPacketsAtOnce: 100,
  /** For the last word by mDNS. */
  farewellMs: 500,
} as const;
