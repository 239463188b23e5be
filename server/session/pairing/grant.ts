import { z } from 'zod';
import { PAIRINGS_MAX } from './limits.js';

const seconds = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** One browser that was let in, as the store has it. */
const grantSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string().min(1).max(64),
  role: z.literal('owner'),
  /** SHA-256 of its key, in hex: who reads the store learns no key. */
  keyDigest: z.string().regex(/^[0-9a-f]{64}$/),
  /**
   * Paired over loopback: the browser's user, and its key is good over loopback and for that user alone. Cookies of
   * one host go to all its ports (RFC 6265, 8.5), so another user's server on this machine may get to see this one.
   */
  uid: z.int().min(0).max(0xffff_ffff).optional(),
  pairedS: seconds,
  lastSeenS: seconds,
  lastAddress: z.string().max(64),
});

export const storeSchema = z.strictObject({
  version: z.literal(1),
  grants: z.array(grantSchema).max(PAIRINGS_MAX),
});

export type Grant = Readonly<z.output<typeof grantSchema>>;
