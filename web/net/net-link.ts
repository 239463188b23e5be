import { backOffMs } from '../carrier/backoff.js';
import type { ClientBody } from '../carrier/carrier.js';
import { type Failure, pageFailure, Refusal } from '../session/failure.js';
import { Requests, type Answer } from '../session/requests.js';
import type { Connection, SessionEvents } from '../session/session.js';
import { ClockMemory } from './clock-memory.js';
import { NET_LIMITS } from './limits.js';
import type { PageMessage, StreamOrder, StreamStatus, WorkerMessage } from './messages.js';

/** What a stream of the page is to the link: it begins in the worker, and again in each that comes after it. */
export interface Tenant {
  /** The first words to the worker. `life` counts the page's workers; rejected when there is nothing to begin with any more. */
  begin(key: number, life: number): Promise<{ readonly message: PageMessage; readonly transfer: Transferable[] }>;
  told(status: StreamStatus): void;
  /** It could not begin. */
  failed(thrown: unknown): void;
}

/** A tenant's line to what it has in the worker. */
export interface TenantLine {
  order(order: StreamOrder): void;
  leave(): void;
}

/** The page's thread's line to its worker, where the session lives. A worker that fails is replaced, and all goes on there. */
export class NetLink {
  readonly #url: URL;
  readonly #name: string;
  readonly #events: SessionEvents;
  readonly #clock = new ClockMemory();
  readonly #tenants = new Map<number, Tenant>();
  /** Tenants that have begun in the worker of now. */
  readonly #begun = new Set<number>();
  #worker: Worker | undefined;
  #requests = new Requests();
  #connection: Connection = { phase: 'connecting' };
  #roundTripUs: number | undefined;
  #lives = 0;
  #failures = 0;
  #silentLooks = 0;
  #lastKey = 0;
  #metersHz = 0;

  /** `name` is what a person calls this client. */
  constructor(url: URL, name: string, events: SessionEvents) {
    this.#url = url;
    this.#name = name;
    this.#events = events;
    setInterval(() => this.#look(), NET_LIMITS.lookMs);
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** The shortest of late; undefined before the first exchange. */
  get roundTripUs(): number | undefined {
    return this.#connection.phase === 'live' ? this.#roundTripUs : undefined;
  }

  /** Connects at once, also when it would have waited or had ended. */
  connect(): void {
    if (this.#worker) this.#say({ to: 'connect' });
    else this.#hire();
  }

  /** Tries again at once if it waits. */
  hope(): void {
    this.#say({ to: 'hope' });
  }

  /** Levels this often; 0 while nobody looks. */
  setMetersHz(hz: number): void {
    this.#metersHz = hz;
    this.#say({ to: 'meters', hz });
  }

  /** The answer to a request; rejected with a Refusal that says why and what to do. */
  request(body: ClientBody): Promise<Answer> {
    if (!this.#worker) return Promise.reject(new Refusal(workerLost('the next one is not there yet')));
    const { id, answer } = this.#requests.open();
    this.#say({ to: 'request', request: id, body });
    return answer;
  }

  add(tenant: Tenant): TenantLine {
    const key = ++this.#lastKey;
    this.#tenants.set(key, tenant);
    void this.#begin(key, tenant);
    return {
      order: (order) => {
        if (this.#begun.has(key)) this.#say({ key, ...order });
      },
      leave: () => {
        this.#tenants.delete(key);
        this.#begun.delete(key);
      },
    };
  }

  #hire(): void {
    const worker = new Worker(new URL('./net.worker.ts', import.meta.url), { type: 'module', name: 'weir net' });
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => void (worker === this.#worker && this.#hear(data));
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#replace(event.message || 'it could not be loaded');
    };
    this.#worker = worker;
    this.#lives++;
    this.#silentLooks = 0;
    this.#say({ to: 'start', url: this.#url.href, name: this.#name, clock: this.#clock.known });
    this.#say({ to: 'meters', hz: this.#metersHz });
    this.#say({ to: 'connect' });
    for (const [key, tenant] of this.#tenants) void this.#begin(key, tenant);
  }

  async #begin(key: number, tenant: Tenant): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    try {
      const { message, transfer } = await tenant.begin(key, this.#lives);
      if (worker !== this.#worker || this.#tenants.get(key) !== tenant) return;
      worker.postMessage(message, transfer);
      this.#begun.add(key);
    } catch (thrown) {
      if (worker === this.#worker && this.#tenants.delete(key)) tenant.failed(thrown);
    }
  }

  #say(message: PageMessage): void {
    this.#worker?.postMessage(message);
  }

  #hear(message: WorkerMessage): void {
    this.#silentLooks = 0;
    switch (message.of) {
      case 'connection':
        if (message.connection.phase === 'live') this.#failures = 0;
        return this.#become(message.connection);
      case 'snapshot':
        return this.#events.snapshot(message.snapshot);
      case 'patch':
        return this.#events.patch(message.patch);
      case 'meters':
        return this.#events.meters(message.meters);
      case 'answer':
        return void this.#requests.settle(message.answer);
      case 'status':
        return this.#tenants.get(message.key)?.told(message.status);
      case 'alive':
        this.#roundTripUs = message.roundTripUs;
        if (message.clock) this.#clock.note(message.clock);
    }
  }

  #look(): void {
    if (this.#worker && ++this.#silentLooks > NET_LIMITS.silentLooks) this.#replace('it does not answer');
  }

  /** Its connection, and what it held, went with it. */
  #replace(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#begun.clear();
    const failure = workerLost(why);
    this.#become({ phase: 'waiting', failure });
    this.#requests.fail(failure);
    this.#requests = new Requests();
    setTimeout(() => this.connect(), backOffMs(this.#failures++, Math.random()));
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    this.#events.connection(connection);
  }
}

function workerLost(why: string): Failure {
  return pageFailure('WORKER_LOST', `The part of this page that speaks with the server stopped: ${why}.`);
}
