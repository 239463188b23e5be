import type { ErrorCode } from '../../observe/errors.js';
import type { FeedOrder, FeedPacket } from './feed-tenant.js';
import type { GrantedNews, GrantedOrder } from './granted-inflow.js';
import type { LiveNews, LiveOrder, MissingNews } from './live-inflow.js';

/** What the copies thread is given at its start. */
export interface CopiesStart {
  /** COPIES_WORD, shared by both sides. */
  readonly words: SharedArrayBuffer;
}

/** The words that both sides share, each with one writer but for `dozing`. */
export const COPIES_WORD = {
  /** Grows at every turn and with every tenant: the thread's sign of life. */
  heartbeat: 0,
  /** The main thread sets it: this thread was replaced and may touch nothing more. */
  abandoned: 1,
  /** Set by the thread when it has nothing to do before its next turn; who finds it set wakes it. */
  dozing: 2,
  /** News that the main thread has heard, so that the thread knows how many wait. */
  heard: 3,
  /** The tenant whose turn it is; 0 is none. */
  serving: 4,
} as const;

export const COPIES_WORDS_BYTES = 20;

/** How a tenant joins: its kind says who is made for it on the thread. Each is lent memory until it says `released`. */
export type TenantOrder = FeedOrder | GrantedOrder | LiveOrder;

/** Main thread → copies thread. `tenant` is a number that is never used again. */
export type CopiesOrder =
  | { kind: 'open'; tenant: number; order: TenantOrder }
  | { kind: 'close'; tenant: number }
  | { kind: 'wake' }
  | { kind: 'stop' };

/** What a tenant tells its other half on the main thread. */
export type TenantNews =
  /** It cannot go on. */
  { kind: 'failed'; code: ErrorCode; what: string } | FeedPacket | GrantedNews | LiveNews | MissingNews;

/** Copies thread → main thread. */
export type CopiesNews = { kind: 'released'; tenant: number } | { kind: 'tenant'; tenant: number; news: TenantNews };
