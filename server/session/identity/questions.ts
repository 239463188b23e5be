import type { Sandbox } from './sandbox.js';
import type { SocketOwner } from './socket-owners.js';
import type { IdentityLimits } from './limits.js';

/** What an identity thread is given at its start. */
export interface IdentityStart {
  /** Where the proc file system is mounted: /proc. */
  readonly procRoot: string;
  readonly limits: IdentityLimits;
}

/**
 * `socket`: who holds the socket of this `socketKey`. `program`: what the process runs, if it is this user's. `process`: that, and what
 * holds it in; `pidfd` (−1: none to be had) says that the number is still its own.
 */
export type Question =
  | { readonly kind: 'socket'; readonly key: string }
  | { readonly kind: 'program'; readonly pid: number; readonly uid: number }
  | { readonly kind: 'process'; readonly pid: number; readonly uid: number; readonly pidfd: number };

/** Nothing but `failed` where there was no looking; nothing at all where nothing was found. */
export interface Answer {
  readonly owner?: SocketOwner;
  readonly program?: string;
  readonly sandbox?: Sandbox;
  readonly failed?: string;
}

export type AskedQuestion = Question & { readonly id: number };
export type GivenAnswer = Answer & { readonly id: number };
