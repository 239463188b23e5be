import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Every tick wakes the process: ten a second are most of what an idle server does. */
const RESOLUTION_MS = 100;
/** The last minute in six parts; the oldest is forgotten as a new one begins. */
const PART_MS = 10_000;
const PARTS = 6;
const NS_PER_US = 1000;

/** What the thread's event loop was late by, in µs. */
export interface LoopLateness {
  readonly p50Us: number;
  readonly p999Us: number;
}

/** How late the loop of this thread was in the last minute or so: a timer's lateness, looked at ten times a second. */
export class LoopDelay {
  readonly #monitor: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #turn: NodeJS.Timeout;
  #parts: LoopLateness[] = [];

  constructor() {
    this.#monitor.enable();
    this.#turn = setInterval(() => {
      this.#parts = [...this.#parts, this.#current()].slice(1 - PARTS);
      this.#monitor.reset();
    }, PART_MS);
    this.#turn.unref();
  }

  /** The middle of the parts' medians, and the worst part's p99.9: never less than that of the whole minute. */
  read(): LoopLateness {
    const parts = this.#monitor.count > 0 ? [...this.#parts, this.#current()] : this.#parts;
    const medians = parts.map(({ p50Us }) => p50Us).sort((a, b) => a - b);
    return { p50Us: medians[medians.length >> 1] ?? 0, p999Us: Math.max(0, ...parts.map(({ p999Us }) => p999Us)) };
  }

  close(): void {
    clearInterval(this.#turn);
    this.#monitor.disable();
  }

  #current(): LoopLateness {
    return { p50Us: this.#lateUs(50), p999Us: this.#lateUs(99.9) };
  }

  /** The histogram holds the time between two ticks: what exceeds the timer's period is lateness. */
  #lateUs(percentile: number): number {
    return Math.max(0, Math.round(this.#monitor.percentile(percentile) / NS_PER_US) - RESOLUTION_MS * 1000);
  }
}
