import { readFileSync } from 'node:fs';

const LOOK_MS = 100;

/** How long a process's main thread was ready to run and another ran: the kernel's own account (sched-stats.rst, /proc/PID/schedstat). */
export class SchedWait {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #lastMs: number;
  #mostMs = 0;

  constructor(pid: number) {
    this.#path = `/proc/${pid}/task/${pid}/schedstat`;
    this.#lastMs = this.#waitedMs();
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_MS);
  }

  /** The most of it between two looks. */
  end(): number {
    clearInterval(this.#timer);
    return Math.round(this.#mostMs);
  }

  #look(): void {
    const nowMs = this.#waitedMs();
    this.#mostMs = Math.max(this.#mostMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  #waitedMs(): number {
    const [, waitedNs] = readFileSync(this.#path, 'latin1').split(' ');
    return Number(waitedNs) / 1e6;
  }
}
