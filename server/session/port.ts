import type { WeirError } from '../observe/errors.js';
import type { Role } from '../policy/may.js';

/** How bytes travel. `pulse`: the protocol of PulseAudio, which is no ClientMessage; `player`: the endless answer to one HTTP request for sound; `http`: one request of the JSON API, a session of its own for as long as it takes. */
export type CarrierName = 'unix' | 'websocket' | 'webtransport' | 'player' | 'http' | 'pulse';

/** The key that somebody came with. */
export interface Bearer {
  /** Of the pairing; empty for an address that a program of this machine had signed. */
  readonly id: string;
  /** As people know it: "Firefox on Android". */
  readonly name: string;
  readonly role: Role;
  /** When it ends by itself (ms since 1970); absent: when it is taken back. */
  readonly untilMs?: number;
}

/** Who somebody is, as the kernel or a key says; never what they say of themselves. */
export interface Identity {
  /** The process and its user, where the kernel named them. Absent of whoever came with a key: no number could be mistaken for a user's. */
  readonly pid?: number;
  readonly uid?: number;
  /** The process's program file, where it could be read; it may be found a little after the connection began. */
  readonly program?: string;
  readonly pairing?: Bearer;
  /** What holds the process in, where that was looked at: then it may do little. */
  readonly sandbox?: string;
  /** The address of whoever came over the network with the cookie that PulseAudio's protocol has for that. */
  readonly remote?: string;
}

/** Who is at the other end, and the way they came. */
export interface Peer extends Identity {
  readonly carrier: CarrierName;
  /** Descriptors can cross this carrier. */
  readonly sharedMemory: boolean;
}

/** What a carrier gives its session: one way out. */
export interface Outlet {
  /** Queues one encoded ServerMessage. The descriptors are the carrier's from here on: it closes them when they are sent, or with the connection. */
  send(message: Uint8Array, fds?: readonly number[]): void;
  /** As `send`, for sound: a carrier that can lose, reorder or overtake it may do so. Absent: it has only one way. */
  sendSound?(message: Uint8Array): void;
  /** Bytes queued that the peer has not taken: audio is dropped and, later, the connection ended by this. */
  queuedBytes(): number;
  /** Sends what is queued as far as the peer takes it at once, then closes. */
  close(): void;
}

/** What a session gives its carrier: one way in. Neither call throws for anything that the peer did. */
export interface Inlet {
  /**
   * One whole ClientMessage; its bytes are good until the call returns. `fds`: the connection's descriptors that nobody
   * has taken yet, oldest first; the session removes those that this message names, and owns them from then on.
   */
  receive(message: Uint8Array, fds: number[]): void;
  /** The peer's bytes make no messages: it is told why, and the connection closes. */
  refused(why: WeirError): void;
  /** The peer is gone. */
  closed(): void;
}

/** Where carriers bring new connections. */
export interface Reception {
  accept(peer: Peer, outlet: Outlet): Inlet | WeirError;
}
