import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WEBSOCKET_PATH } from '../carrier/websocket/websocket-carrier.js';
import { WeirError } from '../observe/errors.js';
import { PAIR_PATH } from '../session/pairing/pairings.js';
import type { Identity } from '../session/port.js';
import { PAIR_STYLE_PATH, returnPage, strangerPage } from './pair-page.js';
import { sendPage, wantsPage } from './pair-routes.js';
import { type OwnHosts, refuseRequest, type RequestClaims } from './request-check.js';
import type { Senders } from './senders.js';
import { Strangers } from './strangers.js';

/** That the server lives. */
export const HEALTH_PATH = '/healthz';

/** What anybody may have who reaches the server, as the router names it: nothing that a path could be bent to. */
const OPEN: ReadonlySet<string> = new Set([HEALTH_PATH, PAIR_PATH, PAIR_STYLE_PATH]);

/** Who sent a request that passed the gate. */
export type PeerOf = (request: FastifyRequest) => Identity;

/** The names that are ours on this connection. */
export type HostsOf = (secure: boolean) => OwnHosts;

/**
 * Stands before every route that is registered after it, files and unknown paths too: first what the request claims
 * (Host, Origin, Fetch Metadata), then who sent it. Who is neither known nor paired gets the page that says how to be.
 */
export function guard(app: FastifyInstance, hostsOf: HostsOf, senders: Senders): PeerOf {
  const known = new WeakMap<FastifyRequest, Identity>();
  const strangers = new Strangers(app.server, (socket) => senders.isStranger(socket));

  app.addHook('onRequest', async (request, reply) => {
    // One request a connection, and what else came with it is dropped: whoever wants more begins with a new connection, and
    // those are counted.
    reply.header('connection', 'close');
    const claims = claimsOf(request);
    const refusal = refuseRequest(claims, hostsOf(claims.secure)) ?? refuseUpgrade(request);
    if (refusal) throw refusal;
    if (OPEN.has(request.routeOptions.url ?? '')) return;
    const sender = await senders.of(request);
    if (!(sender instanceof WeirError)) {
      known.set(request, sender);
      strangers.passed(request.raw.socket);
      reply.removeHeader('connection');
      return;
    }
    request.log.info({ code: sender.code, address: request.ip, path: claims.path.slice(0, 100) }, sender.what);
    if (!wantsPage(request)) throw sender;
    const isFromElsewhere = claims.fetchSite === 'cross-site' || claims.fetchSite === 'same-site';
    await sendPage(reply.code(403), isFromElsewhere ? returnPage() : strangerPage(sender));
  });

  // Node has let go of the socket of an upgrade: after a refusal nobody else would end it.
  app.addHook('onResponse', async ({ headers, raw }) => {
    if (headers.upgrade !== undefined) raw.socket.destroy();
  });

  return (request) => {
    const sender = known.get(request);
    if (!sender) throw new WeirError('PEER_UNKNOWN', 'the request did not pass the gate');
    return sender;
  };
}

/** Whether a request came over TLS. */
export const isSecure = ({ raw }: FastifyRequest): boolean => raw.socket instanceof TLSSocket;

function claimsOf(request: FastifyRequest): RequestClaims {
  const { method, url, headers } = request;
  const one = (value: string | string[] | undefined): string | undefined =>
    Array.isArray(value) ? value.join() : value;
  return {
    method,
    path: url.split('?', 1)[0] ?? '',
    secure: isSecure(request),
    host: headers.host,
    origin: headers.origin,
    fetchSite: one(headers['sec-fetch-site']),
    fetchMode: one(headers['sec-fetch-mode']),
    fetchDest: one(headers['sec-fetch-dest']),
  };
}

/** Every other route would first accept the WebSocket and then have nothing to say. */
function refuseUpgrade({ headers, routeOptions }: FastifyRequest): WeirError | undefined {
  if (headers.upgrade === undefined || routeOptions.url === WEBSOCKET_PATH) return undefined;
  return new WeirError('REQUEST_INVALID', `only ${WEBSOCKET_PATH} can be upgraded, to WebSocket`);
}
