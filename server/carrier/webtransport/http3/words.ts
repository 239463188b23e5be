/** The numbers of HTTP/3 (RFC 9114), its datagrams and capsules (RFC 9297) and WebTransport over it (draft-ietf-webtrans-http3). */

export const FRAME = { DATA: 0x00, HEADERS: 0x01, SETTINGS: 0x04, WEBTRANSPORT_STREAM: 0x41 } as const;

/** First varint of a unidirectional stream. */
export const UNI = { CONTROL: 0x00, PUSH: 0x01, QPACK_ENCODER: 0x02, QPACK_DECODER: 0x03, WEBTRANSPORT: 0x54 } as const;

export const CAPSULE = { CLOSE_SESSION: 0x2843 } as const;

export const SETTING = {
  QPACK_MAX_TABLE_CAPACITY: 0x01,
  MAX_FIELD_SECTION_SIZE: 0x06,
  QPACK_BLOCKED_STREAMS: 0x07,
  ENABLE_CONNECT_PROTOCOL: 0x08,
  H3_DATAGRAM: 0x33,
  H3_DATAGRAM_DRAFT04: 0xffd277,
  /** Draft 02, and what Chromium looks for. */
  ENABLE_WEBTRANSPORT: 0x2b603742,
  WEBTRANSPORT_MAX_SESSIONS_DRAFT07: 0xc671706a,
  WEBTRANSPORT_MAX_SESSIONS_DRAFT14: 0x14e9cd29,
} as const;

/** Error codes: of a connection, or with which a stream is refused. */
export const H3_ERROR = {
  NO_ERROR: 0x0100,
  STREAM_CREATION: 0x0103,
  CLOSED_CRITICAL_STREAM: 0x0104,
  FRAME_UNEXPECTED: 0x0105,
  EXCESSIVE_LOAD: 0x0107,
  ID: 0x0108,
  SETTINGS: 0x0109,
  MISSING_SETTINGS: 0x010a,
  MESSAGE: 0x010e,
  QPACK_DECOMPRESSION_FAILED: 0x0200,
  WEBTRANSPORT_BUFFERED_STREAM_REJECTED: 0x3994bd84,
} as const;
