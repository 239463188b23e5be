import websocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RawData } from 'ws';
import { weir } from '#proto';
import { type ErrorCode, WeirError } from '../../observe/errors.js';
import type { Identity, Peer, Reception } from '../../session/port.js';
import { WEBSOCKET_LIMITS } from './limits.js';
import { Spares } from './spares.js';
import { CLOSE, WebSocketOutlet } from './websocket-outlet.js';

export const WEBSOCKET_PATH = '/ws';

/** A constant of its own because two of these are newer than the types of ws. */
const SERVER_OPTIONS = {
  perMessageDeflate: false,
  maxPayload: WEBSOCKET_LIMITS.messageBytes,
  maxFragments: WEBSOCKET_LIMITS.fragments,
  maxBufferedChunks: WEBSOCKET_LIMITS.bufferedChunks,
  closeTimeout: WEBSOCKET_LIMITS.closeMs,
};

export interface WebSocketCarrierOptions {
  readonly reception: Reception;
  /** Who sent this upgrade request; it has passed the server's checks. */
  peerOf(request: FastifyRequest): Identity;
}

/**
 * The session over WebSocket at `/ws`: each binary message is one ClientMessage or ServerMessage. Text ends the
 * connection with 1003, what is too long with 1009, a broken frame with 1002, a peer that no session takes with 1008; the
 * reason names the error's code where it is ours. A session that ends says why in a Failure and closes with 1000.
 */
export async function websocketCarrier(app: FastifyInstance, options: WebSocketCarrierOptions): Promise<void> {
  await app.register(websocket, {
    options: SERVER_OPTIONS,
    errorHandler: (error, socket, request) => {
      request.log.debug({ err: error }, 'WebSocket failed');
      // After a broken frame ws is already closing, with the fitting code; anything else is our own bug.
      if (socket.readyState === socket.OPEN) socket.terminate();
    },
    preClose(done) {
      for (const socket of this.websocketServer.clients)
        socket.close(CLOSE.GOING_AWAY, 'GOING_DOWN' satisfies ErrorCode);
      this.websocketServer.close(() => done());
    },
  });
  const spares = new Spares();
  app.get(WEBSOCKET_PATH, { websocket: true }, (socket, request) => {
    const peer: Peer = { ...options.peerOf(request), carrier: 'websocket', sharedMemory: false };
    if (isSpare(request)) spares.keep(socket, () => join(socket, options.reception, peer));
    else join(socket, options.reception, peer);
  });
}

const isSpare = ({ query }: FastifyRequest): boolean => typeof query === 'object' && query !== null && 'spare' in query;

function join(socket: WebSocket, reception: Reception, peer: Peer): void {
  const outlet = new WebSocketOutlet(socket);
  const inlet = reception.accept(peer, outlet);
  if (inlet instanceof WeirError) return turnAway(socket, outlet, inlet);

  socket.on('message', (data: RawData, isBinary: boolean) => {
    // A peer that was told to go may still be talking.
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary && Buffer.isBuffer(data)) return inlet.receive(data, []);
    outlet.closesWith(CLOSE.UNSUPPORTED_DATA, 'BAD_MESSAGE');
    inlet.refused(new WeirError('BAD_MESSAGE', 'a text message; only binary ones are understood'));
    outlet.close();
  });
  socket.on('close', () => inlet.closed());
}

/** No session, nobody to say it but us. */
function turnAway(socket: WebSocket, outlet: WebSocketOutlet, { code, what, wayOut }: WeirError): void {
  outlet.send(weir.v1.ServerMessage.encode({ failure: { code, what, wayOut } }).finish());
  socket.close(CLOSE.POLICY, code);
}
