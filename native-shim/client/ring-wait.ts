import { WakeRequest } from '../../server/mempool/ring.js';
import { watch, type Watch } from '../poll.js';
import { close, take } from '../sys.js';
import type { MappedRing } from './mapped-ring.js';
import { Signal } from './signal.js';

/** Below this Node's timers (1 ms, and late under load) are too coarse to be trusted with it. */
const TIMER_SLACK_MS = 3;
/** A byte that never comes (a stalled device, a paused stream) is not waited for longer. */
const WAKE_LIMIT_MS = 250;
const WAKE_BYTES = 16;

/**
 * Sleeps until a ring is worth another look: by a timer of our own where there is slack, which costs the server nothing;
 * by a byte from the server where there is not.
 */
export class RingWait {
  readonly #fd: number;
  readonly #request: WakeRequest;
  readonly #signal = new Signal();
  readonly #bytes = new Uint8Array(WAKE_BYTES);
  #watch: Watch | undefined;
  #closed = false;

  constructor(ring: MappedRing) {
    this.#fd = ring.wakeFd;
    this.#request = new WakeRequest(ring.memory);
  }

  /**
   * @param slackMs how late the next look may be without harm
   * @param wakeFrames the fill at which the server is to wake us, where slack is short
   * @param isDue looked at once more after asking, so that no wake-up falls between
   */
  async sleep(slackMs: number, wakeFrames: number, isDue: () => boolean): Promise<void> {
    if (this.#closed) return;
    if (slackMs >= TIMER_SLACK_MS) return this.#signal.wait(slackMs / 2);
    this.#listen();
    this.#request.ask(wakeFrames);
    if (!isDue()) await this.#signal.wait(WAKE_LIMIT_MS);
  }

  /** Sleeps until `wake`: nothing moves meanwhile. */
  async sleepUntilWoken(): Promise<void> {
    if (!this.#closed) await this.#signal.wait();
  }

  wake(): void {
    this.#signal.raise();
  }

  close(): void {
    this.#closed = true;
    this.#watch?.close();
    close(this.#fd);
    this.#signal.raise();
  }

  #listen(): void {
    this.#watch ??= watch(this.#fd, { readable: true, writable: false }, () => {
      // 0 is the server's end closed, which the connection tells too; without this the loop would spin on it.
      if (take(this.#fd, this.#bytes, WAKE_BYTES) === 0) this.#watch?.want({ readable: false, writable: false });
      this.#signal.raise();
    });
  }
}
