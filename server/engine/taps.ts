import type { Address } from '../../native-shim/library.js';
import type { FrameSpec } from '../device/output-driver.js';
import type { BlockWriter } from './blocks.js';
import type { TapOrder } from './orders.js';
import { Tap } from './tap.js';
import { TapGroup } from './tap-group.js';

/** All listeners of one output, or of one client's mix-minus of it. */
export class Taps {
  readonly #device: FrameSpec;
  readonly #blocks: BlockWriter;
  #groups: TapGroup[] = [];

  constructor(device: FrameSpec, blocks: BlockWriter) {
    this.#device = device;
    this.#blocks = blocks;
  }

  get empty(): boolean {
    return this.#groups.length === 0;
  }

  add(order: TapOrder, quantumFrames: number): void {
    let group = this.#groups.find((candidate) => candidate.matches(order.spec, order.resampler));
    if (!group) {
      group = new TapGroup(order.spec, this.#device, order.resampler);
      this.#groups.push(group);
    }
    group.taps.push(new Tap(order, this.#blocks, quantumFrames));
  }

  /** True when the slot was one of ours. */
  remove(slot: number): boolean {
    for (const group of this.#groups) {
      const at = group.taps.findIndex((tap) => tap.slot === slot);
      if (at === -1) continue;
      group.taps.splice(at, 1);
      if (group.taps.length === 0) {
        group.free();
        this.#groups = this.#groups.filter((other) => other !== group);
      }
      return true;
    }
    return false;
  }

  /**
   * One quantum: `mix` is the output's float; `device` the same in the device's format where nobody dithered it
   * (0n elsewhere), which listeners of that very shape get as it is. `delayFrames`: how long ago it was mixed.
   */
  hear(mix: Address, device: Address, frames: number, touched: boolean, nowNs: number, delayFrames: number): void {
    const groups = this.#groups;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i];
      if (group === undefined) continue;
      if (device !== 0n && group.sameShape) group.give(device, frames, nowNs, delayFrames);
      else group.hear(mix, frames, touched, nowNs, delayFrames);
    }
  }

  free(): void {
    for (const group of this.#groups) group.free();
    this.#groups = [];
  }
}
