import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputPlan } from '../device/prepare-output.js';
import { WeirError } from '../observe/errors.js';
import { logOf } from '../observe/log.js';
import { EngineThread, type OpenedDevice } from './engine-thread-handle.js';
import { HANDOVER_LIMIT_MS, IDLE_STOP_MS, RESTART_LIMIT, RESTART_WINDOW_MS } from './limits.js';
import { Slots } from './slots.js';

const log = logOf('engine');

export interface SuccessionEvents {
  /** Is a thread wanted still, now that the one before it has closed the device? */
  wanted(): boolean;
  /** A thread has the device open, and nothing else: no gain, no quantum, no stream. */
  opened(): void;
  /** A block's counters moved: look at them. */
  signalled(): void;
  /** The thread was given up, and nothing has a slot any more; the next one may be started. */
  replaced(): void;
  /** As before; but the device failed, or did so to one thread after the other. */
  lost(why: WeirError): void;
}

/**
 * The engine threads of one output, one after the other: started when one is needed, stopped when none is, replaced when one
 * stalls or crashes. Each has slots of its own.
 */
export class Succession {
  /** Threads that failed. */
  restarts = 0;
  /** Threads given up that have not ended, for good when they hang in a driver: memory lent to them stays mapped. */
  unendedThreads = 0;
  readonly #name: string;
  readonly #plan: OutputPlan;
  readonly #events: SuccessionEvents;
  #thread: EngineThread | undefined;
  #slots: Slots | undefined;
  /** Settles when the thread that was stopped last has closed the device. */
  #handover: Promise<unknown> = Promise.resolve();
  #starting = false;
  #restartTimesMs: number[] = [];
  #idleSinceMs = 0;

  /** `name`: the output's. */
  constructor(name: string, plan: OutputPlan, events: SuccessionEvents) {
    this.#name = name;
    this.#plan = plan;
    this.#events = events;
  }

  /** Of the thread that runs now and has the device open. */
  get slots(): Slots | undefined {
    return this.#slots;
  }

  /** A thread is needed. One that was stopped may have the device open still: it gets a moment to close it. */
  start(): void {
    this.#idleSinceMs = 0;
    if (this.#starting || this.#thread) return;
    this.#starting = true;
    void this.#handover.then(() => {
      this.#starting = false;
      if (!this.#thread && this.#events.wanted()) this.#run();
    });
  }

  /** Called a few times a second. A thread that stalled is replaced; one that nobody needs is stopped after a while: true. */
  check(nowMs: number, needed: boolean): boolean {
    this.#thread?.check(nowMs);
    if (needed || !this.#thread) return false;
    if (this.#idleSinceMs === 0) this.#idleSinceMs = nowMs;
    if (nowMs - this.#idleSinceMs <= IDLE_STOP_MS) return false;
    this.#stop();
    return true;
  }

  /** Ends the thread there is; the next one waits until it has closed the device, and so does the caller. */
  async close(): Promise<void> {
    this.#stop();
    await this.#handover;
  }

  /**
   * Ends the thread there is while streams have slots. Settles when it has closed the device: how far each of them came is known then, and
   * `replaced` was told.
   */
  async rest(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return this.#handover.then(() => {});
    thread.stop();
    await Promise.race([thread.exited, sleep(HANDOVER_LIMIT_MS, undefined, { ref: false })]);
    if (this.#thread !== thread) return;
    this.#giveUp();
    this.#events.replaced();
  }

  #run(): void {
    const thread: EngineThread | WeirError = EngineThread.start(this.#plan, {
      opened: (device) => {
        this.#opened(device);
      },
      gone: (why) => {
        this.#lose(why);
      },
      signalled: () => {
        this.#events.signalled();
      },
      failed: (why) => {
        this.#replace(why);
      },
    });
    if (thread instanceof WeirError) this.#lose(thread);
    else this.#thread = thread;
  }

  #opened(device: OpenedDevice): void {
    if (!this.#thread) return;
    this.#slots = new Slots(this.#thread, device);
    this.#events.opened();
  }

  #replace(why: string): void {
    this.restarts++;
    // A device that hangs while it opens will hang again: its streams are better off elsewhere.
    if (!this.#slots) return this.#lose(new WeirError('DEVICE_LOST', `${this.#name} did not open: ${why}`));
    if (this.#failsOften(performance.now())) {
      return this.#lose(
        new WeirError('DEVICE_LOST', `${this.#name}: its engine thread failed again and again (${why})`),
      );
    }
    this.#giveUp();
    log.warn({ device: this.#name, unendedThreads: this.unendedThreads }, `engine thread replaced: ${why}`);
    this.#events.replaced();
  }

  #failsOften(nowMs: number): boolean {
    this.#restartTimesMs = [...this.#restartTimesMs.filter((t) => nowMs - t < RESTART_WINDOW_MS), nowMs];
    return this.#restartTimesMs.length > RESTART_LIMIT;
  }

  #lose(why: WeirError): void {
    this.#giveUp();
    this.#events.lost(why);
  }

  #giveUp(): void {
    const thread = this.#part();
    if (!thread) return;
    thread.abandon();
    if (thread.ended) return;
    this.unendedThreads++;
    void thread.exited.then(() => this.unendedThreads--);
  }

  #stop(): void {
    const thread = this.#part();
    if (!thread) return;
    thread.stop();
    this.#handover = Promise.race([thread.exited, sleep(HANDOVER_LIMIT_MS, undefined, { ref: false })]);
  }

  /** From now on the thread that runs, which is returned, is none of ours. What it was lent is kept until it has ended. */
  #part(): EngineThread | undefined {
    const thread = this.#thread;
    const giveBack = this.#slots?.vacate();
    this.#thread = undefined;
    this.#slots = undefined;
    if (giveBack) void thread?.exited.then(giveBack);
    return thread;
  }
}
