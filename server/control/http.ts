import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { websocketCarrier } from '../carrier/websocket/websocket-carrier.js';
import { WeirError } from '../observe/errors.js';
import { IdentityDesk } from '../session/identity/identity-desk.js';
import { loopbackHex } from '../session/identity/socket-table.js';
import type { Identity, Reception } from '../session/port.js';
import { describeApi, descriptionRoutes } from './api/openapi.js';
import { apiRoutes } from './api/routes.js';
import { stateSchema } from './api/schemas.js';
import { guard, HEALTH_PATH, type PeerOf } from './gate.js';
import { answerBrokenHttp, answerErrors } from './http-errors.js';
import { HTTP_LIMITS } from './limits.js';
import { LocalSession } from './local-session.js';
import { metricsText } from './metrics.js';
import { secureHeaders, servePage } from './page.js';
import { ownHosts } from './request-check.js';

export interface HttpOptions {
  /** A loopback address and a port; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly reception: Reception;
  /** Absolute path of the built page. */
  readonly webRoot: string;
  readonly log: FastifyBaseLogger;
  /** Who says whose a connection is; without one, its own at /proc. */
  readonly desk?: IdentityDesk;
}

export interface HttpServer {
  /** Where it listens: http://HOST:PORT */
  readonly url: string;
  /** Ends every connection, WebSockets with 1001. */
  close(): Promise<void>;
}

/** The page, the JSON API, metrics and the session over WebSocket. Throws LISTEN_REFUSED or ADDRESS_IN_USE. */
export async function startHttp({ listen, reception, webRoot, log, desk }: HttpOptions): Promise<HttpServer> {
  const host = loopbackHost(listen.host);
  const app = createServer(log);
  let hosts: ReadonlySet<string> = new Set();

  await secureHeaders(app);
  const peerOf = guard(app, () => hosts, desk ?? new IdentityDesk());
  await limitRate(app, peerOf);
  await websocketCarrier(app, { reception, peerOf });
  await describeApi(app);
  await addRoutes(app, (request) => LocalSession.open(reception, peerOf(request)));
  await servePage(app, webRoot);

  const port = await listenOn(app, host, listen.port);
  hosts = ownHosts(host, port);
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, close: () => app.close() };
}

/** localhost is 127.0.0.1 here: whoever else listens on ::1 shall not be taken for us. */
function loopbackHost(host: string): string {
  const address = host === 'localhost' ? '127.0.0.1' : host;
  if (loopbackHex(address)) return address;
  throw new WeirError('LISTEN_REFUSED', `${host} is not a loopback address`);
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
  app.server.maxConnections = HTTP_LIMITS.connections;
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  answerErrors(app);
  return app;
}

/** Counted by process, or by pairing: one runaway script shall not lock the page out. */
async function limitRate(app: FastifyInstance, peerOf: PeerOf): Promise<void> {
  await app.register(rateLimit, {
    max: HTTP_LIMITS.requests,
    timeWindow: HTTP_LIMITS.requestsMs,
    cache: HTTP_LIMITS.countedProcesses,
    keyGenerator: (request) => keyOf(peerOf(request)),
    errorResponseBuilder: (_request, { max, after }) =>
      new WeirError('TOO_BUSY', `more than ${max} requests at once; wait ${after}`),
  });
}

function keyOf({ pid, pairing }: Identity): string {
  return pairing ? `pairing ${pairing.id}` : `process ${pid}`;
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

/** The port that it listens on. */
async function listenOn(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new WeirError('ADDRESS_IN_USE', `${host}:${port} is taken by another program`);
  }
  const [bound] = app.addresses();
  return typeof bound === 'object' ? bound.port : port;
}
