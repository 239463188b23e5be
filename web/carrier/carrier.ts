import { weir } from '#proto';

export type ClientBody = Omit<weir.v1.ClientMessage.$Properties, 'requestId' | 'body' | '$unknowns'>;
export type ServerMessage = weir.v1.ServerMessage;

export type CarrierName = 'websocket' | 'webtransport';

/** One connection to the server. Nothing here needs a window: carriers live in the page's worker. */
export interface Carrier {
  readonly name: CarrierName;
  /** In order and whole, as long as the connection lives; what is sent before it opened or after it closed is gone. */
  send(body: ClientBody, requestId?: number): void;
  /** Sound: it may overtake, be overtaken or get lost where the network is so. A carrier with one way only sends it there. */
  sendSound(body: ClientBody): void;
  /** A longer message of sound never gets lost; 0: none does. */
  readonly datagramBytes: number;
  /** Bytes that were sent and that the network has not taken. Datagrams do not count: what waits too long is dropped. */
  readonly queuedBytes: number;
  close(): void;
}

export interface CarrierEvents {
  opened(): void;
  received(message: ServerMessage): void;
  /** Told once, whoever ended it, also when it never opened. `reason` is the code the server gave, else empty. */
  closed(reason: string): void;
}

/** Undefined for what is no ServerMessage. */
export function decodeMessage(bytes: Uint8Array): ServerMessage | undefined {
  try {
    return weir.v1.ServerMessage.decode(bytes);
  } catch {
    return undefined;
  }
}
