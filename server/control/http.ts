import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { WebTransportCarrier } from '../carrier/webtransport/webtransport-carrier.js';
import { websocketCarrier } from '../carrier/websocket/websocket-carrier.js';
import { addressKind, inUrl, LOOPBACK } from '../config/address.js';
import type { ListenAddress } from '../config/listen.js';
import { WeirError } from '../observe/errors.js';
import { IdentityDesk } from '../session/identity/identity-desk.js';
import { ListenLinks } from '../session/pairing/listen-links.js';
import type { Pairings } from '../session/pairing/pairings.js';
import type { Reception } from '../session/port.js';
import { describeApi, descriptionRoutes } from './api/openapi.js';
import { pairingApi } from './api/pairing-routes.js';
import { apiRoutes } from './api/routes.js';
import { stateSchema } from './api/schemas.js';
import { Doors, type SecureDoor } from './doors.js';
import { guard, HEALTH_PATH, type PeerOf } from './gate.js';
import { holderOf } from './holder.js';
import { answerBrokenHttp, answerErrors } from './http-errors.js';
import { HTTP_LIMITS } from './limits.js';
import { listenRoutes } from './listen/listen-routes.js';
import { LocalSession } from './local-session.js';
import { metricsText } from './metrics.js';
import { secureHeaders, servePage } from './page.js';
import { pairRoutes } from './pair-routes.js';
import { certifiedHosts, isOwnOrigin, type OwnHosts, plainHosts } from './request-check.js';
import { Senders } from './senders.js';
import { udpAddresses, webTransportOffer } from './webtransport-offer.js';

const HTTPS_PORT = 443;

/** Until we listen, we have no name. */
const NO_HOSTS: OwnHosts = new Set<string>();

export interface HttpOptions {
  /** Port 0 takes a free one. */
  readonly listen: ListenAddress;
  /** For other machines; without it, only loopback addresses are listened on. */
  readonly secure?: SecureDoor;
  readonly reception: Reception;
  /** Started and ended with this server, by UDP at the same addresses and port. */
  readonly webTransport?: WebTransportCarrier;
  /** Absolute path of the built page. */
  readonly webRoot: string;
  readonly log: FastifyBaseLogger;
  /** Who was let in. */
  readonly pairings: Pairings;
  /** Who says whose a connection is; without one, its own at /proc. */
  readonly desk?: IdentityDesk;
}

export interface HttpServer {
  /** For this machine: http://HOST:PORT */
  readonly url: string;
  /** For this machine over HTTP and for others over HTTPS. */
  readonly port: number;
  /** Ends every connection, WebSockets with 1001. */
  close(): Promise<void>;
}

/**
 * The page, the JSON API, metrics and the session over WebSocket: plain on loopback, for other machines over TLS. Throws
 * LISTEN_REFUSED or ADDRESS_IN_USE.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { listen, secure, reception, pairings, webTransport, webRoot, log, desk } = options;
  const app = createServer(log);
  const doors = new Doors(app.server, secure);
  const hosts = { plain: NO_HOSTS, secure: NO_HOSTS };

  await secureHeaders(app);
  await app.register(cookie);
  const listenLinks = new ListenLinks(pairings);
  const senders = new Senders(desk ?? new IdentityDesk(), pairings, listenLinks);
  const peerOf = guard(app, (isSecure) => (isSecure ? hosts.secure : hosts.plain), senders);
  await limitRate(app, peerOf);
  await websocketCarrier(app, { reception, peerOf });
  await describeApi(app);
  await app.register(pairRoutes, { pairings, senders });
  const openSession: OpenSession = (request) => LocalSession.open(reception, peerOf(request));
  await addRoutes(app, openSession);
  await app.register(pairingApi, { prefix: '/api/v1', openSession, peerOf, listenLinks });
  if (webTransport) await app.register(webTransportOffer, { prefix: '/api/v1', carrier: webTransport, peerOf });
  await app.register(listenRoutes, { prefix: '/listen', reception, peerOf });
  await servePage(app, webRoot);
  await app.ready();

  const close = async (): Promise<void> => {
    doors.close();
    await app.close();
    app.server.closeAllConnections();
  };
  try {
    const port = await doors.open(listen);
    const loopback = addressKind(listen.host) === 'loopback' ? listen.host : LOOPBACK;
    hosts.plain = plainHosts(loopback, port);
    if (secure) hosts.secure = certifiedHosts(secure.certificate, port, HTTPS_PORT);
    webTransport?.start({
      listen: udpAddresses(listen.host, port),
      isOwnOrigin: (origin) => isOwnOrigin(origin, hosts),
    });
    return { url: `http://${inUrl(loopback)}:${port}`, port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createServer(log: FastifyBaseLogger): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: HTTP_LIMITS.bodyBytes,
    connectionTimeout: HTTP_LIMITS.idleMs,
    keepAliveTimeout: HTTP_LIMITS.idleMs,
    requestTimeout: HTTP_LIMITS.requestMs,
    http: { headersTimeout: HTTP_LIMITS.headersMs, connectionsCheckingInterval: HTTP_LIMITS.checkMs },
    forceCloseConnections: true,
    clientErrorHandler: answerBrokenHttp,
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  answerErrors(app);
  return app;
}

/** Counted by process, or by pairing and role: one runaway script shall not lock the page out. */
async function limitRate(app: FastifyInstance, peerOf: PeerOf): Promise<void> {
  await app.register(rateLimit, {
    max: HTTP_LIMITS.requests,
    timeWindow: HTTP_LIMITS.requestsMs,
    cache: HTTP_LIMITS.countedProcesses,
    keyGenerator: (request) => holderOf(peerOf(request)),
    errorResponseBuilder: (_request, { max, after }) =>
      new WeirError('TOO_BUSY', `more than ${max} requests at once; wait ${after}`),
  });
}

type OpenSession = (request: FastifyRequest) => Promise<LocalSession>;

async function addRoutes(app: FastifyInstance, openSession: OpenSession): Promise<void> {
  app.get(HEALTH_PATH, { config: { rateLimit: false }, schema: { summary: 'Answers while the server lives' } }, () => ({
    status: 'ok',
  }));

  app.get('/metrics', { schema: { summary: 'Figures for Prometheus' } }, async (request, reply) => {
    using session = await openSession(request);
    const text = await metricsText(stateSchema.parse(await session.snapshot()));
    return await reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
  });

  await app.register(apiRoutes, { prefix: '/api/v1', openSession });
  await app.register(descriptionRoutes, { prefix: '/api/v1' });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, ({ method, url }) => {
    throw new WeirError('ROUTE_NOT_FOUND', `there is no ${method} ${url.slice(0, 100)}`);
  });
}
