import type { Address } from '../../native-shim/library.js';
import { FORMAT_CODE, fromFloat } from '../../native-shim/kernels.js';
import type { FrameSpec } from '../device/output-driver.js';
import { LOOK_AHEAD_FRAMES } from './limits.js';

/**
 * Float to the wanted format, with dither only for frames that were mixed or scaled. The limiter delays every frame, so a
 * quantum's first frames were mixed in the quantum before and take that one's choice.
 */
export class Quantizer {
  readonly #dither: Address;
  #wasTouched = false;

  /** `dither`: four bytes for the noise generator's state. */
  constructor(dither: Address) {
    this.#dither = dither;
  }

  /** `touched`: this quantum's frames are not one stream's own samples any more. */
  convert(dst: Address, to: FrameSpec, src: Address, frames: number, touched: boolean): void {
    if (touched === this.#wasTouched) {
      this.#span(dst, to, src, 0, frames, touched);
    } else {
      const before = Math.min(LOOK_AHEAD_FRAMES, frames);
      this.#span(dst, to, src, 0, before, this.#wasTouched);
      this.#span(dst, to, src, before, frames - before, touched);
      this.#wasTouched = touched;
    }
  }

  /** A quantum of silence was played without it. */
  rest(): void {
    this.#wasTouched = false;
  }

  #span(dst: Address, to: FrameSpec, src: Address, offset: number, frames: number, touched: boolean): void {
    fromFloat(dst, offset, src, offset, FORMAT_CODE[to.format], to.channels, frames, touched ? this.#dither : null);
  }
}
