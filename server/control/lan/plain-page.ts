import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { inUrl, isLoopback, plainAddress } from '../../config/address.js';
import type { ListenAddress } from '../../config/listen.js';
import { Crowd } from '../crowd.js';
import { certifiedHosts } from '../request-check.js';
import type { Authority, Certificate } from '../tls/certificate.js';
import { LAN_LIMITS } from './limits.js';
import { plainPageText, STYLE_SOURCE } from './plain-page-text.js';

const AUTHORITY_PATH = '/weir-ca.crt';
const HTTP_PORT = 80;
const PORT_MAX = 65_535;

const HEADERS = {
  'Cache-Control': 'no-store',
  Connection: 'close',
  'Content-Security-Policy': `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

export interface PlainPage {
  readonly port: number;
  /** As somebody reaches it who reaches this address of ours. */
  urlAt(ownAddress: string): string;
  close(): void;
}

/**
 * The one thing that is told over plain HTTP to whoever asks: why a browser warns of the mixer at `mixer`, and the CA's
 * certificate. On the port after the mixer's, or else a free one.
 */
export async function startPlainPage(mixer: ListenAddress, certificate: Certificate): Promise<PlainPage> {
  let hosts = certifiedHosts(certificate, 0, HTTP_PORT);
  const server = createServer(
    {
      maxHeaderSize: LAN_LIMITS.headerBytes,
      headersTimeout: LAN_LIMITS.requestMs,
      requestTimeout: LAN_LIMITS.requestMs,
      connectionsCheckingInterval: LAN_LIMITS.checkMs,
    },
    (request, response) => {
      const own = certificate.authority();
      const host = request.headers.host?.toLowerCase() ?? '';
      if (!own || !hosts.has(host)) return refuse(response, 421);
      answer(request, response, own, `https://${host.replace(/:\d+$/, '')}:${mixer.port}/`);
    },
  );
  server.maxConnections = LAN_LIMITS.connections;
  server.timeout = LAN_LIMITS.requestMs;
  countVisitors(server);
  const next = mixer.port < PORT_MAX ? mixer.port + 1 : 0;
  const port = await listen(server, mixer.host, next).catch(() => listen(server, mixer.host, 0));
  hosts = certifiedHosts(certificate, port, HTTP_PORT);
  return {
    port,
    urlAt: (ownAddress) => `http://${inUrl(ownAddress)}:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, authority: Authority, mixerUrl: string): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  if (request.url === AUTHORITY_PATH) return say(response, 'application/x-x509-ca-cert', authority.pem);
  if (request.url !== '/') return refuse(response, 404);
  const { fingerprint } = authority;
  const text = plainPageText({ mixerUrl, authorityPath: AUTHORITY_PATH, fingerprint });
  say(response, 'text/html; charset=utf-8', text);
}

function say(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { ...HEADERS, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  // To HEAD, Node sends no body.
  response.end(body);
}

function refuse(response: ServerResponse, status: 404 | 405 | 421): void {
  response.writeHead(status, { ...HEADERS, ...(status === 405 ? { Allow: 'GET, HEAD' } : {}), 'Content-Length': 0 });
  response.end();
}

function countVisitors(server: Server): void {
  const crowd = new Crowd();
  server.on('connection', (socket) => {
    const from = plainAddress(socket.remoteAddress ?? '');
    if (isLoopback(from)) return;
    if (!crowd.admit(from, performance.now())) return void socket.destroy();
    socket.once('close', () => crowd.leave(from));
  });
  server.on('clientError', (_error, socket) => socket.destroy());
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((settle, fail) => {
    server.once('error', fail);
    server.listen({ host, port, ipv6Only: host !== '::' }, () => {
      server.off('error', fail);
      const bound = server.address();
      settle(typeof bound === 'object' && bound ? bound.port : port);
    });
  });
}
