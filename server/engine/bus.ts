import type { Address } from '../../native-shim/library.js';
import { FORMAT_CODE, mix, zeroFrames } from '../../native-shim/kernels.js';

/** Float frames of one quantum that join the mix, and are known apart from it. */
export class Bus {
  /** @param address room for a quantum of `channels` floats a frame */
  constructor(
    readonly address: Address,
    readonly channels: number,
  ) {}

  begin(frames: number): void {
    zeroFrames(this.address, 0, this.channels * 4, frames);
  }

  /** Adds it to `target`, at `gain` 1, or takes it out again, at -1. */
  join(target: Address, frames: number, gain = 1): void {
    const { address, channels } = this;
    mix(target, 0, channels, address, 0, FORMAT_CODE.f32, channels, frames, null, gain, 0, null);
  }
}
