import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WeirError } from '../observe/errors.js';
import { PAIR_PATH, type Pairings } from '../session/pairing/pairings.js';
import { statusOf } from './http-errors.js';
import { giveKey, keyIn } from './key-cookie.js';
import { HTTP_LIMITS } from './limits.js';
import {
  invitationPage,
  PAIR_PAGE_CSP,
  PAIR_PAGE_CSS,
  PAIR_STYLE_PATH,
  refusedPage,
  strangerPage,
} from './pair-page.js';
import type { Senders } from './senders.js';

const CODE = /^[\w-]{1,64}$/;
const FORM = 'application/x-www-form-urlencoded';

export interface PairRouteOptions {
  readonly pairings: Pairings;
  readonly senders: Senders;
}

/** The way in: open to everybody, so each address may come only so often. */
export async function pairRoutes(app: FastifyInstance, { pairings, senders }: PairRouteOptions): Promise<void> {
  const config = {
    rateLimit: {
      max: HTTP_LIMITS.strangerRequests,
      timeWindow: HTTP_LIMITS.requestsMs,
      keyGenerator: ({ ip }: FastifyRequest) => `stranger ${ip}`,
    },
  };
  app.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  app.get(PAIR_PATH, { config, schema: { hide: true } }, (request, reply) => {
    const code = codeIn(request.query);
    if (code !== undefined) return sendPage(reply, invitationPage(code));
    return sendPage(reply, strangerPage(new WeirError('PAIRING_NEEDED', 'the address holds no link’s code')));
  });

  app.post(PAIR_PATH, { config, schema: { hide: true } }, async (request, reply) => {
    const whence = await senders.whence(request);
    if (whence instanceof WeirError) throw whence;
    const held = keyIn(request);
    const before = held === undefined ? undefined : pairings.identify(held, whence);
    const replaces = before instanceof WeirError ? undefined : before?.id;
    const code = codeIn(request.body) ?? '';
    const redeemed = await pairings.redeem(code, request.headers['user-agent'], whence, replaces);
    if (redeemed instanceof WeirError) {
      if (!wantsPage(request)) throw redeemed;
      return sendPage(reply.code(statusOf(redeemed)), refusedPage(redeemed));
    }
    giveKey(reply, redeemed.key);
    return reply.header('cache-control', 'no-store').redirect('/', 303);
  });

  app.get(PAIR_STYLE_PATH, { config, schema: { hide: true } }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(PAIR_PAGE_CSS),
  );
}

/** Somebody looks, and no script. */
export function wantsPage({ headers }: FastifyRequest): boolean {
  const dest = headers['sec-fetch-dest'];
  const isLook = dest === undefined || dest === 'document';
  return isLook && headers.upgrade === undefined && (headers.accept ?? '').includes('text/html');
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return (
    reply
      .header('content-security-policy', PAIR_PAGE_CSP)
      // With "no-referrer" a form's Origin would be "null" (Fetch, 3.1), and nobody could tell it from another site's.
      .header('referrer-policy', 'same-origin')
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html)
  );
}

function codeIn(source: unknown): string | undefined {
  if (typeof source !== 'object' || source === null || !('code' in source)) return undefined;
  return typeof source.code === 'string' && CODE.test(source.code) ? source.code : undefined;
}
