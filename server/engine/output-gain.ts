import type { Address } from '../../native-shim/library.js';
import { applyChannelGain, applyGain } from '../../native-shim/kernels.js';
import { GainRamp } from './gain-ramp.js';

/** An output's fader: a gain for each channel. Where they are alike, one ramp moves all. Allocates nothing while it plays. */
export class OutputGain {
  readonly #ramps: readonly GainRamp[];
  #even = true;

  constructor(channels: number) {
    this.#ramps = Array.from({ length: channels }, () => new GainRamp(1));
  }

  /** What comes is what goes. */
  get unity(): boolean {
    for (let i = 0; i < this.#ramps.length; i++) {
      const ramp = this.#ramps[i];
      if (ramp && (ramp.value !== 1 || ramp.moving)) return false;
    }
    return true;
  }

  /** Moves to `gains`, one a channel or one for all, within `frames`. */
  aim(gains: readonly number[], frames: number): void {
    this.#even = this.#alike(({ value }) => value) && this.#alike(({ step }) => step);
    this.#ramps.forEach((ramp, channel) => ramp.aim(gains[channel] ?? gains[0] ?? 1, frames));
    this.#even &&= this.#alike(({ target }) => target);
  }

  jump(gains: readonly number[]): void {
    this.#ramps.forEach((ramp, channel) => ramp.jump(gains[channel] ?? gains[0] ?? 1));
    this.#even = this.#alike(({ value }) => value);
  }

  /** Is at once where it was going. */
  settle(): void {
    for (let i = 0; i < this.#ramps.length; i++) this.#ramps[i]?.jump(this.#ramps[i]?.target ?? 1);
  }

  /** Scales the next `frames` of a buffer with all channels; more than one buffer may have the same frames. */
  scale(buffer: Address, frames: number): void {
    const channels = this.#ramps.length;
    const [first] = this.#ramps;
    if (this.#even && first) {
      const moved = first.span(frames);
      applyGain(buffer, 0, channels, moved, first.value, first.step);
      applyGain(buffer, moved, channels, frames - moved, first.target, 0);
      return;
    }
    for (let channel = 0; channel < channels; channel++) {
      const ramp = this.#ramps[channel];
      if (!ramp) continue;
      const moved = ramp.span(frames);
      applyChannelGain(buffer, 0, channels, channel, moved, ramp.value, ramp.step);
      applyChannelGain(buffer, moved, channels, channel, frames - moved, ramp.target, 0);
    }
  }

  /** The next frames come after these. */
  advance(frames: number): void {
    for (let i = 0; i < this.#ramps.length; i++) this.#ramps[i]?.advance(frames);
  }

  #alike(of: (ramp: GainRamp) => number): boolean {
    const [first] = this.#ramps;
    return this.#ramps.every((ramp) => first && of(ramp) === of(first));
  }
}
