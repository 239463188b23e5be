import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { may } from '../../policy/may.js';
import { LISTEN_LINK_LIFE_MAX_S, LISTEN_LINK_LIFE_S } from '../../session/pairing/limits.js';
import type { ListenLinks } from '../../session/pairing/listen-links.js';
import { isSecure, type PeerOf } from '../gate.js';
import type { LocalSession } from '../local-session.js';
import { errorSchema } from './schemas.js';

export interface PairingApiOptions {
  readonly openSession: (request: FastifyRequest) => Promise<LocalSession>;
  readonly peerOf: PeerOf;
  readonly listenLinks: ListenLinks;
}

const OWN_UID = process.geteuid?.() ?? -1;
const done = z.null().describe('Done');
const count = z.int().min(0);

/** Parses a decoded `weir.v1.PairLink`. */
const pairLinkSchema = z
  .object({
    url: z.string().describe('Lets the browser in that opens it first; a secret until then'),
    otherUrls: z.array(z.string()).describe('The same by the server’s other names and addresses'),
    expiresS: count,
    thisMachineOnly: z.boolean().describe('Only browsers of the server’s own machine reach it'),
  })
  .meta({ title: 'PairLink' });

/** Parses a decoded `weir.v1.Pairing`. */
const pairingSchema = z
  .object({
    id: z.string(),
    name: z.string().describe('Firefox on Android'),
    role: z.string(),
    pairedS: count.describe('Seconds since 1970'),
    lastSeenS: count.describe('Seconds since 1970, a minute late at most'),
    lastAddress: z.string(),
  })
  .meta({ title: 'Pairing' });

const listenWish = z.strictObject({
  path: z
    .string()
    .max(512)
    .regex(/^\/listen\/[\w.~%!$'()*,;:@+-]+$/, 'must be /listen/OUTPUT.ogg or /listen/OUTPUT.wav')
    .describe('What shall be heard, escaped as in a URL: /listen/hall.ogg'),
  lifeS: z.int().min(1).max(LISTEN_LINK_LIFE_MAX_S).default(LISTEN_LINK_LIFE_S).describe('How long it is good for'),
});

const listenLinkSchema = z
  .object({ url: z.string().describe('Plays without a cookie'), expiresS: count })
  .meta({ title: 'ListenLink' });

/** Letting browsers in, and players without a cookie. */
export async function pairingApi(plain: FastifyInstance, options: PairingApiOptions): Promise<void> {
  const { openSession, peerOf, listenLinks } = options;
  const app = plain.withTypeProvider<ZodTypeProvider>();

  app.post(
    '/pair-links',
    { schema: describe('Make a one-use link that lets a browser in', { 201: pairLinkSchema }) },
    async (request, reply) => {
      using session = await openSession(request);
      const { pairLink } = await session.request({ pair: {} });
      return await reply.code(201).header('cache-control', 'no-store').send(pairLinkSchema.parse(pairLink));
    },
  );
  app.get(
    '/pairings',
    { schema: describe('The browsers that were let in', { 200: z.array(pairingSchema) }) },
    async (request) => {
      using session = await openSession(request);
      const { pairings } = await session.request({ listPairings: {} });
      return z.array(pairingSchema).parse(pairings?.pairings);
    },
  );
  app.delete(
    '/pairings/:id',
    {
      schema: {
        ...describe('Take a browser’s key back and end what it has open', { 204: done }),
        params: z.object({ id: z.string().max(64) }),
      },
    },
    async (request, reply) => {
      using session = await openSession(request);
      await session.request({ revokePairing: { id: request.params.id } });
      return await reply.code(204).send(null);
    },
  );
  app.post(
    '/listen-links',
    {
      schema: {
        ...describe('Sign a listening address, for a player that has no cookie', { 201: listenLinkSchema }),
        body: listenWish,
      },
    },
    async (request, reply) => {
      const sender = peerOf(request);
      const refusal = may(sender, 'record', OWN_UID);
      if (refusal) throw refusal;
      const { path, lifeS } = request.body;
      const origin = `${isSecure(request) ? 'https' : 'http'}://${request.host}`;
      const url = origin + listenLinks.sign(path, lifeS, sender.pairing?.id);
      return await reply.code(201).header('cache-control', 'no-store').send({ url, expiresS: lifeS });
    },
  );
}

/** Every route may be refused, always in the same words. */
function describe<R extends Record<number, z.ZodType>>(summary: string, response: R): { summary: string; response: R } {
  return { summary, response: { ...response, default: errorSchema } };
}
