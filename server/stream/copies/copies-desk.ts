import { WeirError } from '../../observe/errors.js';
import { logOf } from '../../observe/log.js';
import { CopiesThread } from './copies-thread-handle.js';
import { WATCH_INTERVAL_MS } from './limits.js';
import type { CopiesNews, TenantNews, TenantOrder } from './messages.js';

const log = logOf('copies');

/** What a tenant on the copies thread tells its half on this one. */
export interface TenancyEvents {
  news(news: TenantNews): void;
  /** The thread died under it: it is closed, its memory given back or about to be. */
  lost(why: WeirError): void;
  /** Nothing on the thread touches what it was lent any more. Told once, whatever became of it. */
  released(): void;
}

/** A tenant of the copies thread, as the main thread holds it. */
export interface Tenancy {
  /** There is something in its queue. */
  wake(): void;
  /** `released` follows. */
  close(): void;
}

interface Lodger {
  readonly events: TenancyEvents;
  readonly thread: CopiesThread;
  closing: boolean;
}

/** The one copies thread of the server: started when it is first needed, replaced when it dies. */
export class CopiesDesk {
  /** Threads that died. */
  restarts = 0;
  readonly #lodgers = new Map<number, Lodger>();
  #thread: CopiesThread | undefined;
  #watch: NodeJS.Timeout | undefined;
  #nextTenant = 1;

  /** Lends the thread what `order` names, until `released`. */
  open(order: TenantOrder, events: TenancyEvents): Tenancy | WeirError {
    const thread = this.#thread ?? this.#start();
    if (thread instanceof WeirError) return thread;
    const tenant = this.#nextTenant++;
    const lodger: Lodger = { events, thread, closing: false };
    this.#lodgers.set(tenant, lodger);
    thread.post({ kind: 'open', tenant, order });
    return {
      wake: () => {
        thread.wake();
      },
      close: () => {
        if (lodger.closing) return;
        lodger.closing = true;
        thread.post({ kind: 'close', tenant });
      },
    };
  }

  close(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#thread?.stop();
    this.#thread = undefined;
  }

  #start(): CopiesThread | WeirError {
    const thread: CopiesThread | WeirError = CopiesThread.start({
      news: (news) => {
        this.#hear(news);
      },
      failed: (why, serving) => {
        this.#lose(thread, why, serving);
      },
      ended: () => {
        this.#releaseAll(thread);
      },
    });
    if (thread instanceof WeirError) return thread;
    this.#thread = thread;
    this.#watch ??= setInterval(() => {
      // A thread without tenants gives no sign of life, and needs none.
      if (this.#lodgers.size > 0) this.#thread?.check(performance.now());
    }, WATCH_INTERVAL_MS).unref();
    return thread;
  }

  #hear(news: CopiesNews): void {
    const lodger = this.#lodgers.get(news.tenant);
    if (!lodger) return;
    if (news.kind === 'tenant') {
      // Under way when it was closed.
      if (!lodger.closing) lodger.events.news(news.news);
      return;
    }
    this.#lodgers.delete(news.tenant);
    lodger.events.released();
  }

  #lose(thread: CopiesThread | WeirError, why: string, serving: number): void {
    this.restarts++;
    log.warn(`copies thread replaced: ${why}${serving === 0 ? '' : `, at tenant ${serving}`}`);
    if (this.#thread === thread) this.#thread = undefined;
    for (const [tenant, lodger] of [...this.#lodgers]) {
      if (lodger.thread !== thread || lodger.closing) continue;
      lodger.closing = true;
      const when = tenant === serving ? ' at them' : '';
      lodger.events.lost(new WeirError('COPIES_LOST', `the thread that handled its packets failed${when} (${why})`));
    }
  }

  #releaseAll(thread: CopiesThread | WeirError): void {
    for (const [tenant, lodger] of [...this.#lodgers]) {
      if (lodger.thread !== thread) continue;
      this.#lodgers.delete(tenant);
      lodger.events.released();
    }
  }
}
