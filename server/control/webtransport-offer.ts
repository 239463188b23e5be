import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WEBTRANSPORT_PATH, type WebTransportCarrier } from '../carrier/webtransport/webtransport-carrier.js';
import { WeirError } from '../observe/errors.js';
import { errorSchema } from './api/schemas.js';
import type { PeerOf } from './gate.js';

const offerSchema = z
  .object({
    url: z.string().describe('Where to connect; add ?ticket=…'),
    ticket: z.string().describe('Good for one session, for a short time'),
    certificateHash: z.string().describe('SHA-256 of the server’s certificate, base64: for serverCertificateHashes'),
    expiresS: z.number(),
  })
  .meta({ title: 'WebTransport' });

/**
 * Where UDP is listened on when HTTP is at `host`. Of localhost a browser's QUIC tries one address alone, which may be either;
 * that it is us who listens there, the certificate says.
 */
export function udpAddresses(host: string, port: number): { host: string; port: number }[] {
  const all = host === '::' ? ['::', '0.0.0.0'] : host === '0.0.0.0' ? ['0.0.0.0', '::1'] : [host, '127.0.0.1', '::1'];
  return [...new Set(all)].map((address) => ({ host: address, port }));
}

export interface OfferOptions {
  readonly carrier: WebTransportCarrier;
  readonly peerOf: PeerOf;
}

/** How a page that passed the gate gets to WebTransport: a secret for one session, and the certificate that it shall find there. */
export async function webTransportOffer(plain: FastifyInstance, { carrier, peerOf }: OfferOptions): Promise<void> {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const schema = {
    summary: 'What opens a session over WebTransport',
    response: { 200: offerSchema, default: errorSchema },
  };
  app.post('/webtransport', { schema }, (request) => {
    const offer = carrier.offer(peerOf(request));
    if (offer instanceof WeirError) throw offer;
    return { url: `https://${request.host}${WEBTRANSPORT_PATH}`, ...offer };
  });
  app.addHook('onClose', () => carrier.close());
}
