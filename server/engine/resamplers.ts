import type { Address } from '../../native-shim/library.js';
import { resampler } from '../../native-shim/kernels.js';
import type { FrameSpec } from '../device/output-driver.js';

/** A resampler for one playback stream; 0n where the rates are the same. Made on the main thread, lent to the engine. */
export function makeResampler(channels: number, fromRate: number, toRate: number): Address {
  return fromRate === toRate ? 0n : makeLiveResampler(channels, fromRate, toRate);
}

/** For two clocks: rates that are called the same are not. */
export function makeLiveResampler(channels: number, fromRate: number, toRate: number): Address {
  const made = resampler.create(channels, fromRate, toRate);
  if (made === null) throw new Error('resampler: no memory'); // rates and channels were checked where they came in
  return made;
}

export function dropResampler(address: Address): void {
  if (address !== 0n) resampler.free(address);
}

interface Shared {
  readonly address: Address;
  readonly key: string;
  users: number;
}

/** Listeners of one output who hear the same sound in the same shape share one resampler. */
export class SharedResamplers {
  #shared: Shared[] = [];

  /** `what`: the sound that it is, in words; listeners of another one share nothing. */
  take(deviceRate: number, spec: FrameSpec, what: string): Address {
    if (spec.rate === deviceRate) return 0n;
    const key = `${spec.format} ${spec.rate} ${spec.channels} ${what}`;
    const found = this.#shared.find((entry) => entry.key === key);
    if (found) {
      found.users++;
      return found.address;
    }
    const address = makeResampler(spec.channels, deviceRate, spec.rate);
    this.#shared.push({ address, key, users: 1 });
    return address;
  }

  /** Called when the engine has released the listener. */
  give(address: Address): void {
    const found = this.#shared.find((entry) => entry.address === address);
    if (!found || --found.users > 0) return;
    this.#shared = this.#shared.filter((entry) => entry !== found);
    dropResampler(address);
  }
}
