import type { weir } from '#proto';

/** How a player without a script gets sound: bytes that begin anywhere in time and have no end. */
export interface PlayerFormat {
  readonly contentType: string;
  /** What its stream is opened as. */
  readonly wish: Pick<weir.v1.IOpenStream, 'codec' | 'opus' | 'format' | 'rate' | 'channels' | 'latencyUs'>;
  /** A new player's bytes. */
  begin(): PlayerBytes;
}

export interface PlayerBytes {
  /** What comes before any sound. */
  head(): Uint8Array;
  /** One AudioPacket's data. */
  packet(data: Uint8Array): Uint8Array;
  /** What says that there will be no more. */
  end(): Uint8Array;
}
