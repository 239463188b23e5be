import type { Skew } from '../../server/engine/drift/fastest-line.js';

const KEY = 'weir.clock';
/** What is known worse is found anew as soon. */
const GOOD_ERROR = 5e-6;
/** By so much another temperature, or NTP, may have changed it (1 σ). */
const AGED_ERROR = 3e-6;
/** No clock that works is further from another. */
const SKEW_LIMIT = 1000e-6;
const WRITE_EACH_MS = 60_000;

/**
 * This browser's clock by the server's, kept from visit to visit: it takes minutes to find on bad Wi-Fi, and whoever speaks as the page
 * connects would be off by it until then. Each server has its own, since it serves the page.
 */
export class ClockMemory {
  #known = remembered();
  #writtenMs = -Infinity;

  /** Undefined where nobody compared them yet, or where the browser keeps nothing. */
  get known(): Skew | undefined {
    return this.#known;
  }

  note({ skew, error }: Skew): void {
    const nowMs = performance.now();
    if (error > GOOD_ERROR || nowMs - this.#writtenMs < WRITE_EACH_MS) return;
    this.#writtenMs = nowMs;
    this.#known = aged(skew, error);
    try {
      localStorage.setItem(KEY, `${skew} ${error}`);
    } catch {
      // Private windows and full disks: the next visit finds it anew.
    }
  }
}

const aged = (skew: number, error: number): Skew => ({ skew, error: Math.hypot(error, AGED_ERROR) });

/** What is kept there may be anything: another version's, or a person's. */
function remembered(): Skew | undefined {
  try {
    const [skew = NaN, error = NaN] = (localStorage.getItem(KEY) ?? '').split(' ').map(Number);
    const sane = Math.abs(skew) <= SKEW_LIMIT && error >= 0 && error <= GOOD_ERROR;
    return sane ? aged(skew, error) : undefined;
  } catch {
    return undefined;
  }
}
