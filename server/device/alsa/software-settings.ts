import type { Address } from '../../../native-shim/library.js';
import type { WeirError } from '../../observe/errors.js';
import type { DeviceSpec } from '../device-spec.js';
import type { Libasound } from './libasound.js';
import { refusal } from './negotiate.js';

/** A PCM's software parameters: it starts when it is told to, and wakes us when `avail_min` frames are free. */
export class SoftwareSettings {
  readonly #alsa: Libasound;
  readonly #pcm: Address;
  readonly #set: Address;

  static install(alsa: Libasound, pcm: Address, spec: DeviceSpec): SoftwareSettings | WeirError {
    const out = new BigUint64Array(1);
    let done = alsa.sw.make(out);
    const set = out[0] ?? 0n;
    const boundary = new BigUint64Array(1);
    if (done >= 0) done = alsa.sw.current(pcm, set);
    if (done >= 0) done = alsa.sw.boundary(set, boundary);
    // A threshold that no fill reaches.
    if (done >= 0) done = alsa.sw.startThreshold(pcm, set, boundary[0] ?? 0n);
    if (done >= 0) done = alsa.sw.install(pcm, set);
    if (done >= 0) return new SoftwareSettings(alsa, pcm, set);
    alsa.sw.free(set);
    return refusal(spec, alsa.said() || alsa.describe(done));
  }

  private constructor(alsa: Libasound, pcm: Address, set: Address) {
    this.#alsa = alsa;
    this.#pcm = pcm;
    this.#set = set;
  }

  /** May be called while the device runs. A device that refuses is waited for by the clock. */
  setAvailMin(frames: number): void {
    if (this.#alsa.sw.availMin(this.#pcm, this.#set, frames) >= 0) this.#alsa.sw.install(this.#pcm, this.#set);
  }

  free(): void {
    this.#alsa.sw.free(this.#set);
  }
}
