import { weir } from '#proto';
import { decodeMessage, type Carrier, type CarrierEvents, type ClientBody } from './carrier.js';

/** The session over one WebSocket: each binary message is one ClientMessage or ServerMessage. */
export class WebSocketCarrier implements Carrier {
  readonly name = 'websocket';
  readonly datagramBytes = 0;
  readonly #socket: WebSocket;

  /** @param socket on its way, or open and not spoken on yet */
  constructor(socket: WebSocket, events: CarrierEvents) {
    socket.binaryType = 'arraybuffer';
    if (socket.readyState === WebSocket.OPEN) queueMicrotask(() => events.opened());
    else socket.onopen = () => events.opened();
    socket.onclose = (event) => events.closed(event.reason);
    socket.onmessage = ({ data }) => {
      const message = data instanceof ArrayBuffer ? decodeMessage(new Uint8Array(data)) : undefined;
      if (message) events.received(message);
      else socket.close(4000, 'BAD_MESSAGE');
    };
    this.#socket = socket;
  }

  send(body: ClientBody, requestId = 0): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(new Uint8Array(weir.v1.ClientMessage.encode({ ...body, requestId }).finish()));
  }

  sendSound(body: ClientBody): void {
    this.send(body);
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  close(): void {
    this.#socket.close();
  }
}
