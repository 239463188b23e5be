import { parentPort, workerData } from 'node:worker_threads';
import { nowNs } from '../../../native-shim/sys.js';
import { FEW_TENANTS, TENANT_TURN_MS, TURN_INTERVAL_MS, TURN_WORK_MS, UNHEARD_NEWS_LIMIT } from './limits.js';
import { COPIES_WORD, type CopiesNews, type CopiesOrder, type CopiesStart } from './messages.js';
import { isTenantOrder, openTenant, type Tenant } from './tenant.js';

// The thread on which copies are encoded, decoded and put in order. It sleeps until somebody fills a queue, or until the
// next turn while it has tenants; what one of them does wrong ends that one alone.

class CopiesLoop {
  readonly #words: Int32Array;
  readonly #tenants = new Map<number, Tenant>();
  readonly #port: NonNullable<typeof parentPort>;
  #timer: NodeJS.Timeout | undefined;
  #toldNews = 0;
  #untilNs = 0;
  readonly #hasTime = () => nowNs() < this.#untilNs;

  constructor({ words }: CopiesStart, port: NonNullable<typeof parentPort>) {
    this.#words = new Int32Array(words);
    this.#port = port;
    // They keep the thread running, until it is told to stop.
    port.on('message', (order: CopiesOrder) => {
      this.#carryOut(order);
    });
  }

  #carryOut(order: CopiesOrder): void {
    switch (order.kind) {
      case 'open':
        this.#open(order);
        this.#timer ??= setInterval(() => {
          this.#turn();
          this.#doze();
        }, TURN_INTERVAL_MS);
        return this.#turn();
      case 'close':
        return this.#close(order.tenant);
      case 'wake':
        this.#turn();
        return this.#doze();
      case 'stop':
        return this.#stop();
    }
  }

  #open({ tenant, order }: CopiesOrder & { kind: 'open' }): void {
    const tell = (news: Extract<CopiesNews, { kind: 'tenant' }>['news']) => {
      if (this.#unheard() >= UNHEARD_NEWS_LIMIT) return false;
      this.#tell({ kind: 'tenant', tenant, news });
      return true;
    };
    // No tenant's mistake: nothing that the main thread says can be relied on, and this thread ends.
    if (!isTenantOrder(order)) throw new Error('an order that is none');
    try {
      this.#tenants.set(tenant, openTenant(order, { tell }));
    } catch (error) {
      this.#fail(tenant, error);
    }
  }

  /** Its memory is given back by this word. */
  #close(tenant: number): void {
    end(this.#tenants.get(tenant));
    this.#tenants.delete(tenant);
    this.#tell({ kind: 'released', tenant });
    if (this.#tenants.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whoever is left has no other half any more: the thread ends, and that gives back all that was lent. */
  #stop(): void {
    for (const tenant of this.#tenants.values()) end(tenant);
    this.#tenants.clear();
    clearInterval(this.#timer);
    this.#port.close();
  }

  #turn(): void {
    Atomics.add(this.#words, COPIES_WORD.heartbeat, 1);
    this.#rotate();
    for (const [number, tenant] of this.#tenants) {
      // It may have stood still for seconds: whoever was replaced meanwhile owns nothing any more.
      if (Atomics.load(this.#words, COPIES_WORD.abandoned) !== 0) return;
      this.#turnOf(tenant, number);
    }
    Atomics.store(this.#words, COPIES_WORD.serving, 0);
  }

  /** Nobody is always the last. */
  #rotate(): void {
    const [first] = this.#tenants;
    if (!first) return;
    this.#tenants.delete(first[0]);
    this.#tenants.set(...first);
  }

  /** Our own mistake in one tenant is no reason to end the others. */
  #turnOf(tenant: Tenant, number: number): void {
    Atomics.store(this.#words, COPIES_WORD.serving, number);
    Atomics.add(this.#words, COPIES_WORD.heartbeat, 1);
    const now = nowNs();
    this.#untilNs = now + Math.min(TENANT_TURN_MS, TURN_WORK_MS / this.#tenants.size) * 1e6;
    try {
      tenant.turn(this.#hasTime, now);
    } catch (error) {
      this.#tenants.delete(number);
      this.#fail(number, error);
      end(tenant);
    }
  }

  #fail(tenant: number, error: unknown): void {
    const what = error instanceof Error ? error.message : 'unknown';
    this.#tell({ kind: 'tenant', tenant, news: { kind: 'failed', code: 'INTERNAL', what } });
  }

  /** From now on a queue that is filled wakes this thread. Where tenants are many each turn costs so much that all wait for the timed one. */
  #doze(): void {
    if (this.#tenants.size <= FEW_TENANTS) Atomics.store(this.#words, COPIES_WORD.dozing, 1);
  }

  #unheard(): number {
    return (this.#toldNews - Atomics.load(this.#words, COPIES_WORD.heard)) | 0;
  }

  #tell(news: CopiesNews): void {
    this.#toldNews = (this.#toldNews + 1) | 0;
    this.#port.postMessage(news);
  }
}

/** Whatever its codec says to that: nobody else is to go with it. */
function end(tenant: Tenant | undefined): void {
  try {
    tenant?.close();
  } catch {
    // It is not touched again; what it had of its codec's is all that is lost.
  }
}

if (parentPort) new CopiesLoop(workerData as CopiesStart, parentPort); // our own main thread's words, not a stranger's
