import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance } from 'fastify';
import { type ErrorCode, WeirError } from '../observe/errors.js';

/** HTTP's word for a refusal; whatever is not here is the request's own fault: 400. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  PEER_UNKNOWN: 403,
  PAIRING_NEEDED: 403,
  PAIRING_REVOKED: 403,
  LINK_INVALID: 403,
  LISTEN_LINK_INVALID: 403,
  PAIRINGS_UNREADABLE: 503,
  PAIRINGS_UNWRITABLE: 503,
  PAIRING_NOT_FOUND: 404,
  TOO_MANY_PAIRINGS: 409,
  ORIGIN_REFUSED: 403,
  NOT_ALLOWED: 403,
  ROUTE_NOT_FOUND: 404,
  DEVICE_NOT_FOUND: 404,
  STREAM_NOT_FOUND: 404,
  CLIENT_NOT_FOUND: 404,
  DIRECTION_MISMATCH: 409,
  MESSAGE_TOO_LARGE: 413,
  TOO_BUSY: 429,
  INTERNAL: 500,
  TOO_MANY_CLIENTS: 503,
  KICKED: 503,
  GOING_DOWN: 503,
  WEBTRANSPORT_OFF: 503,
  CODEC_UNAVAILABLE: 503,
  DEVICE_LOST: 503,
  DEVICE_FAILED: 503,
  NO_ANSWER: 504,
};

/** The body of every refusal. */
function errorBody({ code, what, wayOut }: WeirError): { code: string; what: string; wayOut: string } {
  return { code, what, wayOut };
}

export function statusOf(error: WeirError): number {
  return STATUS[error.code] ?? 400;
}

/** Everything that goes wrong is answered as `{code, what, wayOut}`; what is our own fault is logged, not shown. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((thrown: FastifyError | WeirError, request, reply) => {
    const { status, error } =
      thrown instanceof WeirError ? { status: statusOf(thrown), error: thrown } : fromFastify(thrown);
    if (error.code === 'INTERNAL') request.log.error({ err: thrown, url: request.url }, 'request failed');
    return reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(errorBody(error)));
  });
}

function fromFastify({ statusCode: status = 500, message }: FastifyError): { status: number; error: WeirError } {
  if (status >= 500) return { status, error: new WeirError('INTERNAL', 'the request failed') };
  return { status, error: new WeirError('REQUEST_INVALID', message) };
}

/** What is not even HTTP gets one answer and its connection ends. */
export function answerBrokenHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const body = JSON.stringify(errorBody(new WeirError('REQUEST_INVALID', `not an HTTP request (${error.code})`)));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
