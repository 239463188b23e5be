import type { Address } from '../../../native-shim/library.js';
import { POLLFD_BYTES } from './constants.js';
import type { Libasound } from './libasound.js';

/**
 * Waits on a PCM's descriptors. Not snd_pcm_wait: that starts its time-out anew whenever a plugin wakes without being
 * ready, so a device that stopped consuming but still ticks would hold the thread for ever.
 */
export class PcmWait {
  readonly #alsa: Libasound;
  readonly #pcm: Address;
  readonly #count: number;
  readonly #pollfds: Int32Array;
  readonly #events = new Uint16Array(1);

  constructor(alsa: Libasound, pcm: Address) {
    this.#alsa = alsa;
    this.#pcm = pcm;
    this.#count = Math.max(0, alsa.descriptorCount(pcm));
    this.#pollfds = new Int32Array((this.#count * POLLFD_BYTES) / 4);
  }

  /** Blocks until the device has something to say, at most `timeoutMs`. What it says is seen by asking it. */
  wait(timeoutMs: number): void {
    const count = this.#alsa.descriptors(this.#pcm, this.#pollfds, this.#count);
    if (this.#alsa.poll(this.#pollfds, Math.max(0, count), timeoutMs) <= 0) return;
    // Plugins clear their wake-ups here.
    this.#alsa.descriptorEvents(this.#pcm, this.#pollfds, count, this.#events);
  }
}
