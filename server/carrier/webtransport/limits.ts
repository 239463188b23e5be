import { AUDIO_PACKET_LIMIT_BYTES, MESSAGE_LIMIT_BYTES } from '../../session/limits.js';

/** Connections at once, in all and of one address; of these, so many whose session was not admitted yet. */
export const CONNECTION_LIMITS = {
  all: 128,
  perAddress: 64,
  strangers: 32,
  strangersPerAddress: 16,
} as const;

/** What one connection may cost in time. */
export const TIME_LIMITS = {
  /** From its first packet to an admitted session. */
  admissionMs: 3000,
  /** Nothing heard of the peer for this long, though it is asked for a sign of life: a network may be away for 5 s. */
  silenceMs: 6000,
  /** A sign of life is asked for this often while the peer is silent. */
  askAliveMs: 1000,
  /** How long what was queued at the end may take to leave. */
  farewellMs: 1000,
  /** From a retry token's making to its use. */
  tokenMs: 5000,
} as const;

/** What one connection may cost in memory. */
export const SIZE_LIMITS = {
  /** UDP payloads, either way; less than any tunnel's packets. */
  udpPayloadBytes: 1350,
  /** Unread bytes of one stream and of all. */
  streamWindowBytes: 256 * 1024,
  connectionWindowBytes: 512 * 1024,
  /** Streams of the peer at once: its request, its reliable stream and two to spare; three of HTTP/3, its lanes and one to spare. */
  bidiStreams: 4,
  uniStreams: 12,
  /** Datagrams that wait in quiche, either way. */
  datagrams: 128,
  /** The header block of a request, encoded and decoded, and its fields. */
  headerBytes: 8 * 1024,
  headerFields: 64,
  /** SETTINGS, and a capsule that is understood. */
  settingsBytes: 1024,
  capsuleBytes: 2048,
  /** One message on the reliable stream, and one on a lane. */
  messageBytes: MESSAGE_LIMIT_BYTES,
  laneMessageBytes: 64 * 1024,
  /** Each stream's first buffer; it grows only for a longer message. */
  firstBufferBytes: 4 * 1024,
} as const;

/** Streams each way that carry sound too long for a datagram, each its own line: a lost packet holds up only one of them. */
export const LANES = 8;
/** Bytes that may wait in a lane before sound goes past it, or is dropped. */
export const LANE_QUEUE_BYTES = 64 * 1024;

/** The pipe between the server and the process that speaks QUIC. */
export const LINK_LIMITS = {
  /** One frame of it. */
  frameBytes: Math.max(MESSAGE_LIMIT_BYTES, AUDIO_PACKET_LIMIT_BYTES) + 1024,
  /** What the child may leave unread before it is taken for stuck. */
  unreadBytes: 32 * 1024 * 1024,
  /** What the server may leave unread before the child reads no more from the peers that have more than their share of it. */
  congestedBytes: 1024 * 1024,
  /** A sign of life from the child this often, and how many may be missing. Counted, not timed: a stall of our own kills nobody. */
  beatMs: 500,
  missedBeats: 6,
  /** What the child holds for its peers is told this often while it changes. */
  takenMs: 20,
} as const;

/** The process itself. */
export const CHILD_LIMITS = {
  heapMib: 256,
  /** Back-off between its death and the next start; it begins anew when one lived `settledMs`. */
  firstRestartMs: 250,
  longestRestartMs: 30_000,
  settledMs: 30_000,
  /** How long its end may take when the server ends. */
  endMs: 500,
  /** Characters of one line of its that are logged, and lines a life. */
  logCharacters: 400,
  logLines: 20,
  /**
   * How long the sessions of a dead child wait for their streams to be taken over by other connections: a page notices the
   * silence, connects by WebSocket and says hello before it can.
   */
  orphanMs: 8000,
} as const;

/** What lets a page open a session. */
export const TICKET_LIMITS = {
  bytes: 24,
  lifeMs: 30_000,
  /** Tickets that may be out at once, in all and for one process. */
  all: 512,
  perProcess: 32,
} as const;
