import type { Address } from '../../native-shim/library.js';
import type { FrameSpec } from '../device/output-driver.js';
import { Arena } from './arena.js';
import type { BlockWriter } from './blocks.js';
import { Bus } from './bus.js';
import { QUANTUM_MAX_FRAMES } from './limits.js';
import { Taps } from './taps.js';
import type { Voice } from './voice.js';

/** One stream as it joins the mix, at its own fader and in the output's channels, for who listens to it alone. */
export class Solo {
  readonly taps: Taps;
  readonly #arena: Arena;
  readonly #bus: Bus;
  /** The last quantum was more than the stream's own samples. */
  #touched = false;

  /** @param stream its number, which no other stream ever has: one that comes later is never heard in its place */
  constructor(
    readonly stream: number,
    device: FrameSpec,
    blocks: BlockWriter,
  ) {
    this.taps = new Taps(device, blocks);
    const bytes = QUANTUM_MAX_FRAMES * device.channels * 4;
    this.#arena = new Arena(bytes + 64);
    this.#bus = new Bus(this.#arena.bytes(bytes), device.channels);
  }

  begin(frames: number): void {
    this.#bus.begin(frames);
    this.#touched = false;
  }

  /** Where its voice is to be added. */
  get target(): Address {
    return this.#bus.address;
  }

  /** Its voice was rendered: it joins what all others hear. */
  join(target: Address, frames: number, { touched }: Voice): void {
    this.#bus.join(target, frames);
    this.#touched = touched;
  }

  hear(frames: number, nowNs: number): void {
    this.taps.hear(this.#bus.address, 0n, frames, this.#touched, nowNs, 0);
  }

  free(): void {
    this.taps.free();
    this.#arena.free();
  }
}
