import { z } from 'zod';

/**
 * The words between the server and the child that speaks QUIC. Each frame: its length (u32, little endian), its kind (one
 * byte), the session that it is about (u32, 0 for none), then what the kind says.
 */
export const KIND = {
  // to the child
  /** JSON: StartOrder. */
  START: 1,
  /** The session that was asked for may begin. */
  ADMIT: 2,
  /** u16: the HTTP status that says why not. */
  REFUSE: 3,
  /** Says good-bye after what is queued, and closes. */
  CLOSE: 4,
  // to the server
  /** JSON: CertificateNews. It listens, or has a new certificate. */
  READY: 10,
  /** Text: it cannot do its work at all. It ends by itself. */
  UNABLE: 11,
  /** JSON: SessionRequest. */
  ASK: 12,
  /** f64: bytes of this session, of all it was ever given, that the network has taken or that were thrown away. */
  TAKEN: 13,
  /** The session is over; nothing more comes of it. */
  CLOSED: 14,
  BEAT: 15,
  // both ways
  /** One ClientMessage or ServerMessage, reliably. */
  MESSAGE: 20,
  /** To the child: a ServerMessage of sound. */
  SOUND: 21,
} as const;

export const startOrder = z.object({
  listen: z.array(z.object({ host: z.string(), port: z.number() })),
});
export type StartOrder = z.output<typeof startOrder>;

export const certificateNews = z.object({ hash: z.base64().length(44) });
export type CertificateNews = z.output<typeof certificateNews>;

export const sessionRequest = z.object({
  path: z.string(),
  authority: z.string(),
  origin: z.string(),
  address: z.string(),
});
export type SessionRequest = z.output<typeof sessionRequest>;
