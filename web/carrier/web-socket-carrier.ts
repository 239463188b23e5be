import { weir } from '#proto';
import { CARRIER_LIMITS } from './limits.js';

export type ClientBody = Omit<weir.v1.ClientMessage.$Properties, 'requestId' | 'body' | '$unknowns'>;
export type ServerMessage = weir.v1.ServerMessage;

export interface CarrierEvents {
  opened(): void;
  received(message: ServerMessage): void;
  /** Called once, whoever ended it. `reason` is the code the server gave, else empty. */
  closed(reason: string): void;
}

/** The session over one WebSocket: each binary message is one ClientMessage or ServerMessage. */
export class WebSocketCarrier {
  readonly #socket: WebSocket;

  constructor(url: URL, events: CarrierEvents) {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => events.opened();
    socket.onclose = (event) => events.closed(event.reason);
    socket.onmessage = ({ data }) => {
      const message = decode(data);
      if (message) events.received(message);
      else socket.close(4000, 'BAD_MESSAGE');
    };
    this.#socket = socket;
  }

  send(body: ClientBody, requestId = 0): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(new Uint8Array(weir.v1.ClientMessage.encode({ ...body, requestId }).finish()));
  }

  /** The network does not take what was sent: audio should wait. */
  get congested(): boolean {
    return this.#socket.bufferedAmount > CARRIER_LIMITS.bufferedBytes;
  }

  close(): void {
    this.#socket.close();
  }
}

function decode(data: unknown): ServerMessage | undefined {
  if (!(data instanceof ArrayBuffer)) return undefined;
  try {
    return weir.v1.ServerMessage.decode(new Uint8Array(data));
  } catch {
    return undefined;
  }
}
