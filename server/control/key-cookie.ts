import type { FastifyReply, FastifyRequest } from 'fastify';

/** `__Host-`: a browser takes it over HTTPS (or its own machine) alone, for this host alone, and for every path (RFC 6265bis, 4.1.3). */
const NAME = '__Host-weir';
/** 400 days: browsers keep none longer. */
const LIFE_S = 400 * 24 * 3600;

/** The key that a browser came with. */
export function keyIn({ cookies }: FastifyRequest): string | undefined {
  return cookies[NAME] || undefined;
}

/** Neither scripts nor other sites get at it, and it goes with no request that another site began. */
export function giveKey(reply: FastifyReply, key: string): void {
  reply.setCookie(NAME, key, { path: '/', httpOnly: true, secure: true, sameSite: 'strict', maxAge: LIFE_S });
}
