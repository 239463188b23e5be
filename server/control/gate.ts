import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WEBSOCKET_PATH } from '../carrier/websocket/websocket-carrier.js';
import { isLoopback } from '../config/address.js';
import { WeirError } from '../observe/errors.js';
import type { IdentityDesk } from '../session/identity/identity-desk.js';
import type { Identity } from '../session/port.js';
import { ConnectionPeers } from './connection-peers.js';
import { HTTP_LIMITS } from './limits.js';
import { type OwnHosts, refuseRequest, type RequestClaims } from './request-check.js';

/** The one answer that anybody on this machine may have: that the server lives. */
export const HEALTH_PATH = '/healthz';

/** Who sent a request that passed the gate. */
export type PeerOf = (request: FastifyRequest) => Identity;

/** The names that are ours on this connection. */
export type HostsOf = (secure: boolean) => OwnHosts;

/**
 * Stands before every route that is registered after it, files and unknown paths too: first what the request claims
 * (Host, Origin, Fetch Metadata), then what the kernel says of its connection.
 */
export function guard(app: FastifyInstance, hostsOf: HostsOf, desk: IdentityDesk): PeerOf {
  const connections = new ConnectionPeers(desk);
  const senders = new WeakMap<FastifyRequest, Identity>();

  let present = 0;
  app.server.on('connection', (socket: Socket) => {
    // Other machines' connections are counted at the door.
    if (!isLoopback(socket.remoteAddress ?? '')) return;
    present += 1;
    socket.once('close', () => (present -= 1));
    if (present > HTTP_LIMITS.crowd)
      void connections.of(socket).then((peer) => peer instanceof WeirError && socket.destroy());
  });

  app.addHook('onRequest', async (request) => {
    const refusal = refuseRequest(claimsOf(request), hostsOf(isSecure(request))) ?? refuseUpgrade(request);
    if (refusal) throw refusal;
    if (request.routeOptions.url === HEALTH_PATH) return;
    const peer = await connections.of(request.raw.socket);
    if (peer instanceof WeirError) throw peer;
    senders.set(request, peer);
  });

  // Node has let go of the socket of an upgrade: after a refusal nobody else would end it.
  app.addHook('onResponse', async ({ headers, raw }) => {
    if (headers.upgrade !== undefined) raw.socket.destroy();
  });

  return (request) => {
    const sender = senders.get(request);
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
