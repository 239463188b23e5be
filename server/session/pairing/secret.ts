import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A random secret as text that stands in an address or a cookie as it is (base64url, RFC 4648). */
export const newSecret = (sizeBytes: number): string => randomBytes(sizeBytes).toString('base64url');

/** SHA-256: enough for what is random and long; only what people make up needs a slow hash. */
export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** The one whose digest it is. Each is compared, in constant time: how long it takes says nothing of how near a guess came. */
export function findByDigest<T>(all: Iterable<T>, digest: Buffer, digestOfOne: (one: T) => Buffer): T | undefined {
  let found: T | undefined;
  for (const one of all) if (timingSafeEqual(digestOfOne(one), digest)) found = one;
  return found;
}
