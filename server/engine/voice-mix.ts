import type { Address } from '../../native-shim/library.js';
import { FORMAT_CODE, type FormatCode, mix } from '../../native-shim/kernels.js';
import type { FrameSpec } from '../device/output-driver.js';
import { balancedMatrix, channelMatrix } from '../policy/channel-map.js';
import { GainRamp } from './gain-ramp.js';
import type { PlayOrder } from './orders.js';
import type { RingSource } from './ring-source.js';
import type { Scratch } from './scratch.js';

/** How one stream's frames are added to the mix: converted, at the ramp's gain, onto the output's channels, and metered. */
export class VoiceMix {
  readonly ramp: GainRamp;
  /** The channels' way into the output's, their balance included. */
  #matrix: Address | null;
  readonly #meter: Address;
  readonly #slot: number;
  readonly #scratch: Scratch;
  readonly #channels: number;
  readonly #deviceChannels: number;

  constructor({ slot, spec }: PlayOrder, device: FrameSpec, scratch: Scratch, gain: number) {
    this.ramp = new GainRamp(gain);
    this.#matrix = scratch.storeMatrix(slot, channelMatrix(spec.channels, device.channels));
    this.#meter = scratch.meterAddress(slot);
    this.#slot = slot;
    this.#scratch = scratch;
    this.#channels = spec.channels;
    this.#deviceChannels = device.channels;
  }

  /** A gain for each of the stream's channels, on top of the ramp's. */
  setBalance(gains: readonly number[]): void {
    const matrix = balancedMatrix(this.#channels, this.#deviceChannels, gains);
    this.#matrix = this.#scratch.storeMatrix(this.#slot, matrix);
  }

  /** What is added is the frames as they are. */
  get unity(): boolean {
    return this.ramp.value === 1 && !this.ramp.moving && this.#matrix === null;
  }

  /** What is added is nothing, and stays so. */
  get silent(): boolean {
    return this.ramp.value === 0 && !this.ramp.moving;
  }

  /** The next frames of the ring, which moves on. */
  addRing(target: Address, { reader, samples, format }: RingSource, frames: number): void {
    for (let done = 0; done < frames;) {
      const count = reader.contiguous(frames - done);
      this.#add(target, done, samples, reader.offset, format, count);
      reader.advance(count);
      done += count;
    }
  }

  /** Frames of `scratch.voice`, which stand there as they are to stand in the mix. */
  addScratch(target: Address, at: number, frames: number): void {
    this.#add(target, at, this.#scratch.voice.address, at, FORMAT_CODE.f32, frames);
  }

  #add(target: Address, at: number, src: Address, srcOffset: number, format: FormatCode, frames: number): void {
    const { ramp } = this;
    for (let done = 0; done < frames;) {
      const count = ramp.span(frames - done);
      if (!this.silent) {
        mix(
          target, at + done, this.#deviceChannels, src, srcOffset + done, format, this.#channels, count,
          this.#matrix, ramp.value, ramp.step, this.#meter,
        ); // prettier-ignore
      }
      ramp.advance(count);
      done += count;
    }
  }
}
