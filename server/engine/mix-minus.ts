import type { Address } from '../../native-shim/library.js';
import { copyFrames, FORMAT_CODE, mix, zeroFrames } from '../../native-shim/kernels.js';
import type { FrameSpec } from '../device/output-driver.js';
import { Arena } from './arena.js';
import type { BlockWriter } from './blocks.js';
import { QUANTUM_MAX_FRAMES } from './limits.js';
import type { OutputGain } from './output-gain.js';
import { Taps } from './taps.js';

/** The mix as one client hears it without its own playback: its voices go through a bus that is taken out again. */
export class MixMinus {
  readonly taps: Taps;
  readonly #arena: Arena;
  /** This client's own voices of the quantum. */
  readonly bus: Address;
  readonly #rest: Address;
  readonly #channels: number;

  constructor(
    readonly client: number,
    device: FrameSpec,
    blocks: BlockWriter,
  ) {
    this.taps = new Taps(device, blocks);
    this.#channels = device.channels;
    const bytes = QUANTUM_MAX_FRAMES * device.channels * 4;
    this.#arena = new Arena(2 * bytes + 128);
    this.bus = this.#arena.bytes(bytes);
    this.#rest = this.#arena.bytes(bytes);
  }

  begin(frames: number): void {
    zeroFrames(this.bus, 0, this.#channels * 4, frames);
  }

  /** Its voices join everybody's mix. */
  join(target: Address, frames: number): void {
    mix(target, 0, this.#channels, this.bus, 0, FORMAT_CODE.f32, this.#channels, frames, null, 1, 0, null);
  }

  /** Everybody's mix, before the output's gain, less its own. */
  subtract(all: Address, frames: number): void {
    copyFrames(this.#rest, 0, all, 0, this.#channels * 4, frames);
    mix(this.#rest, 0, this.#channels, this.bus, 0, FORMAT_CODE.f32, this.#channels, frames, null, -1, 0, null);
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
