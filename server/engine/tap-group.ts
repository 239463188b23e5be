import type { Address } from '../../native-shim/library.js';
import { FORMAT_CODE, PULL_FRAMES_MAX, remap, resampler } from '../../native-shim/kernels.js';
import type { FrameSpec } from '../device/output-driver.js';
import { channelMatrix } from '../policy/channel-map.js';
import { Arena } from './arena.js';
import { QUANTUM_MAX_FRAMES } from './limits.js';
import { Quantizer } from './quantizer.js';
import type { Tap } from './tap.js';

/** Listeners who want the same thing: one conversion, then one copy each. */
export class TapGroup {
  readonly taps: Tap[] = [];
  readonly #spec: FrameSpec;
  readonly #device: FrameSpec;
  readonly #resampler: Address;
  readonly #arena: Arena;
  readonly #matrix: Address | null;
  readonly #mapped: Address;
  readonly #resampled: Address;
  readonly #converted: Address;
  readonly #quantizer: Quantizer;
  readonly #outFrames: number;

  constructor(spec: FrameSpec, device: FrameSpec, resamplerAddress: Address) {
    this.#spec = spec;
    this.#device = device;
    this.#resampler = resamplerAddress;
    // A pull can be a frame or two over the nominal; the ratio moves by 2 % at most.
    this.#outFrames = Math.ceil(((QUANTUM_MAX_FRAMES * spec.rate) / device.rate) * 1.05) + 64;
    const floatBytes = 4 * spec.channels;
    const matrix = channelMatrix(device.channels, spec.channels);
    this.#arena = new Arena((QUANTUM_MAX_FRAMES + 2 * this.#outFrames) * floatBytes + 4096);
    this.#mapped = this.#arena.bytes(QUANTUM_MAX_FRAMES * floatBytes);
    this.#resampled = this.#arena.bytes(this.#outFrames * floatBytes);
    this.#converted = this.#arena.bytes(this.#outFrames * floatBytes);
    this.#quantizer = new Quantizer(this.#arena.bytes(4));
    const room = matrix && this.#arena.floats(matrix.length);
    if (matrix) room?.view.set(matrix);
    this.#matrix = room?.address ?? null;
  }

  matches(spec: FrameSpec, resamplerAddress: Address): boolean {
    const mine = this.#spec;
    return (
      mine.format === spec.format &&
      mine.rate === spec.rate &&
      mine.channels === spec.channels &&
      this.#resampler === resamplerAddress
    );
  }

  /** Exactly what the device gets is what they hear. */
  get sameShape(): boolean {
    const { format, rate, channels } = this.#device;
    return this.matches({ format, rate, channels }, 0n);
  }

  /** Converts one quantum of the output's float and gives it to every listener. `touched`: as in Quantizer. */
  hear(source: Address, frames: number, touched: boolean, nowNs: number, delayFrames: number): void {
    let from = source;
    let count = frames;
    if (this.#matrix !== null) {
      remap(this.#mapped, 0, this.#spec.channels, from, 0, this.#device.channels, frames, this.#matrix);
      from = this.#mapped;
    }
    if (this.#resampler !== 0n) {
      resampler.push(this.#resampler, from, 0, FORMAT_CODE.f32, frames);
      count = this.#pullAll();
      from = this.#resampled;
    }
    this.#quantizer.convert(this.#converted, this.#spec, from, count, touched || this.#resampler !== 0n);
    const held = this.#resampler === 0n ? 0 : resampler.delay(this.#resampler);
    const ownDelayFrames = Math.round(((delayFrames + held) * this.#spec.rate) / this.#device.rate);
    this.give(this.#converted, count, nowNs, ownDelayFrames);
  }

  /** Gives frames in their own format to every listener. */
  give(frames: Address, count: number, nowNs: number, delayFrames: number): void {
    const { taps } = this;
    for (let i = 0; i < taps.length; i++) taps[i]?.write(frames, count, nowNs, delayFrames);
  }

  free(): void {
    this.#arena.free();
  }

  #pullAll(): number {
    let made = 0;
    for (;;) {
      const got = resampler.pull(
        this.#resampler,
        this.#resampled,
        made,
        Math.min(PULL_FRAMES_MAX, this.#outFrames - made),
      );
      made += got;
      if (got === 0 || made === this.#outFrames) return made;
    }
  }
}
