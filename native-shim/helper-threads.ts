import { readdirSync } from 'node:fs';
import { shim } from './library.js';

const processor = shim.func('int weir_processor()') as () => number;
/** Keeps a thread of this process off a processor: 0, or -errno. */
export const keepOff = shim.func('int weir_keep_off(int thread, int processor)') as (
  thread: number,
  processor: number,
) => number;

/**
 * The threads that Node started beside its main one: they compile, collect garbage and read files. The kernel may have one of them take
 * turns with the main thread while another processor is idle, and then that waits for its helper until the next tick (seen on Linux 6.18
 * with two processors: 1 to 5 ms, some twenty times in a server's first seconds). So they are kept off the processor that it is on.
 */
export class HelperThreads {
  readonly #threads: readonly number[];
  #processor = -1;

  /** Those that there are when this is made, on the main thread. One of them that ends is let be. */
  constructor() {
    this.#threads = readdirSync('/proc/self/task')
      .map(Number)
      .filter((thread) => thread !== process.pid);
  }

  /** Called by the main thread when it has work that cannot wait. Where there is no other processor, it changes nothing. */
  stepAside(): void {
    const here = processor();
    if (here === this.#processor) return;
    this.#processor = here;
    for (const thread of this.#threads) keepOff(thread, here);
  }
}
