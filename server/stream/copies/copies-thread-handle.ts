import { Worker } from 'node:worker_threads';
import { WeirError } from '../../observe/errors.js';
import { STALL_LIMIT_MS, START_LIMIT_MS, WATCH_GAP_MS } from './limits.js';
import { COPIES_WORD, COPIES_WORDS_BYTES, type CopiesNews, type CopiesOrder, type CopiesStart } from './messages.js';

export interface CopiesThreadEvents {
  news(news: CopiesNews): void;
  /**
   * It ended without having been asked to, or gave no sign of life; `serving`: the tenant whose turn it was, 0 is none.
   * Memory lent to it is still its own.
   */
  failed(why: string, serving: number): void;
  /** It has truly ended: what was lent to it is free. */
  ended(): void;
}

/** One generation of the copies thread, as the main thread holds it. */
export class CopiesThread {
  readonly #worker: Worker;
  readonly #words: Int32Array;
  readonly #events: CopiesThreadEvents;
  #running = true;
  #heartbeat = -1;
  #heartbeatAtMs = performance.now();
  #checkedAtMs = performance.now();

  static start(events: CopiesThreadEvents): CopiesThread | WeirError {
    try {
      return new CopiesThread(events);
    } catch (error) {
      return new WeirError('COPIES_LOST', `no copies thread: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }

  private constructor(events: CopiesThreadEvents) {
    const words = new SharedArrayBuffer(COPIES_WORDS_BYTES);
    this.#words = new Int32Array(words);
    this.#events = events;
    const workerData: CopiesStart = { words };
    this.#worker = new Worker(new URL('./copies-thread.js', import.meta.url), { workerData, execArgv: [] });
    this.#worker.on('message', (news: CopiesNews) => {
      Atomics.add(this.#words, COPIES_WORD.heard, 1);
      events.news(news);
    });
    let why = 'it ended';
    this.#worker.on('error', (error) => {
      why = error.message;
    });
    this.#worker.on('exit', () => {
      if (this.#running) this.#fail(why);
      events.ended();
    });
  }

  post(order: CopiesOrder): void {
    this.#worker.postMessage(order);
  }

  /**
   * A queue was filled. By a message and no eventfd: a descriptor that is watched on a thread which ends in that moment
   * ends the process (poll.ts).
   */
  wake(): void {
    if (Atomics.exchange(this.#words, COPIES_WORD.dozing, 0) === 1) this.post({ kind: 'wake' });
  }

  /** Called a few times a second while it has tenants. */
  check(nowMs: number): void {
    if (!this.#running) return;
    const heartbeat = Atomics.load(this.#words, COPIES_WORD.heartbeat);
    // Where the watch itself stood still (a stopped process, a machine asleep), the thread did too.
    const watched = nowMs - this.#checkedAtMs < WATCH_GAP_MS;
    this.#checkedAtMs = nowMs;
    if (heartbeat !== this.#heartbeat || !watched) {
      this.#heartbeat = heartbeat;
      this.#heartbeatAtMs = nowMs;
      return;
    }
    const limitMs = heartbeat === 0 ? START_LIMIT_MS : STALL_LIMIT_MS;
    if (nowMs - this.#heartbeatAtMs > limitMs) this.#fail(`it gave no sign of life for ${limitMs} ms`);
  }

  stop(): void {
    this.#running = false;
    this.post({ kind: 'stop' });
  }

  #fail(why: string): void {
    this.#running = false;
    Atomics.store(this.#words, COPIES_WORD.abandoned, 1);
    void this.#worker.terminate();
    this.#events.failed(why, Atomics.load(this.#words, COPIES_WORD.serving));
  }
}
