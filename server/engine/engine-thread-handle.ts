import { Worker } from 'node:worker_threads';
import { watch, type Watch } from '../../native-shim/poll.js';
import { close, eventfd, SysError, take } from '../../native-shim/sys.js';
import type { FrameSpec } from '../device/output-driver.js';
import type { OutputPlan } from '../device/prepare-output.js';
import { type ErrorCode, WeirError } from '../observe/errors.js';
import { BLOCKS_BYTES, BlockReader } from './blocks.js';
import { ABANDONED_LIMIT_MS, STALL_LIMIT_MS, START_LIMIT_MS, WATCH_GAP_MS } from './limits.js';
import { ORDER_RING_BYTES, OrderWriter } from './orders.js';

/** What the engine thread is given at its start; all of it can cross to a worker. */
export interface EngineStart {
  plan: OutputPlan;
  orders: SharedArrayBuffer;
  blocks: SharedArrayBuffer;
  /** The server's own eventfd: something happened that cannot wait. */
  signalFd: number;
}

/** The device as it really opened. */
export interface OpenedDevice extends FrameSpec {
  bufferFrames: number;
  realtime: boolean;
}

/** The few words that a thread says in its life; everything else goes through the blocks. */
export type EngineNews =
  { kind: 'opened'; device: OpenedDevice } | { kind: 'refused'; code: ErrorCode; what: string } | { kind: 'lost' };

export interface EngineThreadEvents {
  opened(device: OpenedDevice): void;
  /** The device could not be opened, or is gone. */
  gone(why: WeirError): void;
  /** A block's counters moved: look at them. */
  signalled(): void;
  /** The thread ended without having been asked to, or gave no sign of life. */
  failed(why: string): void;
}

/** One generation of an output's engine thread, as the main thread holds it. */
export class EngineThread {
  readonly orders: OrderWriter;
  readonly blocks: BlockReader;
  /** Settles when the thread has truly ended: only then can memory lent to it be unmapped without its word. */
  readonly exited: Promise<void>;
  readonly #worker: Worker;
  readonly #events: EngineThreadEvents;
  readonly #signalFd: number;
  readonly #watch: Watch;
  #heartbeat = -1;
  #heartbeatAtMs = performance.now();
  #checkedAtMs = performance.now();
  #running = true;
  #opened = false;
  #ended = false;

  static start(plan: OutputPlan, events: EngineThreadEvents): EngineThread | WeirError {
    const signalFd = eventfd();
    if (signalFd instanceof SysError) return new WeirError('DEVICE_FAILED', `no engine thread: ${signalFd.message}`);
    try {
      return new EngineThread(plan, events, signalFd);
    } catch (error) {
      // No thread to be had (RLIMIT_NPROC, memory): one output's trouble, not the server's end.
      close(signalFd);
      const why = error instanceof Error ? error.message : 'unknown';
      return new WeirError('DEVICE_FAILED', `no engine thread: ${why}`);
    }
  }

  private constructor(plan: OutputPlan, events: EngineThreadEvents, signalFd: number) {
    const orders = new SharedArrayBuffer(ORDER_RING_BYTES);
    const blocks = new SharedArrayBuffer(BLOCKS_BYTES);
    this.orders = new OrderWriter(orders);
    this.blocks = new BlockReader(blocks);
    this.#events = events;
    this.#signalFd = signalFd;
    const workerData: EngineStart = { plan, orders, blocks, signalFd: this.#signalFd };
    this.#worker = new Worker(new URL('./engine-thread.js', import.meta.url), { workerData, execArgv: [] });
    const counter = new Uint8Array(8);
    this.#watch = watch(this.#signalFd, { readable: true, writable: false }, () => {
      take(this.#signalFd, counter, counter.length);
      this.orders.flush();
      if (this.#running) events.signalled();
    });
    this.#worker.on('message', (news: EngineNews) => {
      this.#hear(news);
    });
    // The error itself follows as an exit; a listener keeps it from ending the process.
    let why = 'it ended';
    this.#worker.on('error', (error) => {
      why = error.message;
    });
    this.exited = new Promise((settle) => {
      this.#worker.on('exit', () => {
        this.#watch.close();
        close(this.#signalFd);
        this.#ended = true;
        settle();
        if (this.#running) this.#fail(why);
      });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Called a few times a second: a thread that gives no sign of life has stalled. */
  check(nowMs: number): void {
    if (!this.#running) return;
    this.orders.flush();
    const heartbeat = this.blocks.heartbeat;
    // Where the watch itself stood still (a stopped process, a machine asleep), the thread did too.
    const watched = nowMs - this.#checkedAtMs < WATCH_GAP_MS;
    this.#checkedAtMs = nowMs;
    if (heartbeat !== this.#heartbeat || !watched) {
      this.#heartbeat = heartbeat;
      this.#heartbeatAtMs = nowMs;
      return;
    }
    const limitMs = this.#opened ? STALL_LIMIT_MS : START_LIMIT_MS;
    if (nowMs - this.#heartbeatAtMs > limitMs) this.#fail(`it gave no sign of life for ${limitMs} ms`);
  }

  /** Asks it to end. What is attached still it leaves where it is. */
  stop(): void {
    this.#running = false;
    this.orders.post({ kind: 'stop' });
  }

  /** Gives it up: it may touch nothing more, whenever it wakes. */
  abandon(): void {
    this.#running = false;
    this.blocks.abandon();
    // One that hangs in the device's driver closes it and ends when that returns; terminated, it would keep it open for
    // ever. That is for the thread that does not look any more.
    const lastResort = setTimeout(() => void this.#worker.terminate(), ABANDONED_LIMIT_MS).unref();
    void this.exited.then(() => {
      clearTimeout(lastResort);
    });
    this.#worker.unref();
  }

  #fail(why: string): void {
    this.abandon();
    this.#events.failed(why);
  }

  #hear(news: EngineNews): void {
    if (!this.#running) return;
    switch (news.kind) {
      case 'opened':
        this.#opened = true;
        return this.#events.opened(news.device);
      case 'refused':
        this.#running = false;
        return this.#events.gone(new WeirError(news.code, news.what));
      case 'lost':
        this.#running = false;
        return this.#events.gone(new WeirError('DEVICE_LOST', 'the device is gone'));
    }
  }
}
