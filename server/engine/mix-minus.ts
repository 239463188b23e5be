import type { Address } from '../../native-shim/library.js';
import { copyFrames } from '../../native-shim/kernels.js';
import type { FrameSpec } from '../device/output-driver.js';
import { Arena } from './arena.js';
import type { BlockWriter } from './blocks.js';
import { Bus } from './bus.js';
import { QUANTUM_MAX_FRAMES } from './limits.js';
import type { OutputGain } from './output-gain.js';
import { Taps } from './taps.js';

/** The mix as one client hears it without its own playback: its voices go through a bus that is taken out again. */
export class MixMinus {
  readonly taps: Taps;
  readonly #arena: Arena;
  /** This client's own voices of the quantum. */
  readonly bus: Bus;
  readonly #rest: Address;

  constructor(
    readonly client: number,
    device: FrameSpec,
    blocks: BlockWriter,
  ) {
    this.taps = new Taps(device, blocks);
    const bytes = QUANTUM_MAX_FRAMES * device.channels * 4;
    this.#arena = new Arena(2 * bytes + 128);
    this.bus = new Bus(this.#arena.bytes(bytes), device.channels);
    this.#rest = this.#arena.bytes(bytes);
  }

  /** Everybody's mix, before the output's gain, less its own. */
  subtract(all: Address, frames: number): void {
    copyFrames(this.#rest, 0, all, 0, this.bus.channels * 4, frames);
    this.bus.join(this.#rest, frames, -1);
  }

  /** The output's gain over what is left. */
  scale(gain: OutputGain, frames: number): void {
    gain.scale(this.#rest, frames);
  }

  /** What is left goes to its listeners. Not limited: what is too loud saturates. */
  hear(frames: number, nowNs: number): void {
    this.taps.hear(this.#rest, 0n, frames, true, nowNs, 0);
  }

  hearSilence(silence: Address, frames: number, nowNs: number): void {
    this.taps.hear(silence, 0n, frames, false, nowNs, 0);
  }

  free(): void {
    this.taps.free();
    this.#arena.free();
  }
}
