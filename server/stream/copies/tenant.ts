import { FeedTenant } from './feed-tenant.js';
import { GrantedInflow } from './granted-inflow.js';
import { LiveInflow } from './live-inflow.js';
import type { TenantNews, TenantOrder } from './messages.js';

/**
 * One stream's or one source's work on the copies thread. One that fails tells it and has no more turns; its memory is
 * still lent, until its owner closes it and hears `released`.
 */
export interface Tenant {
  /**
   * Called at least every TURN_INTERVAL_MS, and soon after its queue was filled: does what is due; of packets that wait one,
   * and more while it `hasTime`.
   */
  turn(hasTime: () => boolean, nowNs: number): void;
  /** Nothing of the memory that it was lent is touched after this. */
  close(): void;
}

export interface TenantEvents {
  /** False: too many news wait to be heard, this one was dropped. */
  tell(news: TenantNews): boolean;
}

const KINDS: ReadonlySet<string> = new Set<TenantOrder['kind']>(['feed', 'granted', 'live']);

/** False: the main thread is not of this thread's make. */
export const isTenantOrder = ({ kind }: TenantOrder): boolean => KINDS.has(kind);

export function openTenant(order: TenantOrder, events: TenantEvents): Tenant {
  switch (order.kind) {
    case 'feed':
      return new FeedTenant(order, events);
    case 'granted':
      return new GrantedInflow(order, events);
    case 'live':
      return new LiveInflow(order, events);
  }
}
