import { QUANTUM_MAX } from './limits.js';
import type { FrameSpec, OutputDriver, Readiness, SampleFormat } from './output-driver.js';
import { Pacer } from './pacer.js';

/** A sink of air: it takes each quantum when it is due and lets it go. Heard through its monitor. */
export class NullOutput implements OutputDriver {
  readonly format: SampleFormat;
  readonly rate: number;
  readonly channels: number;
  readonly bufferFrames = 2 * QUANTUM_MAX;
  readonly droppedFrames = 0;
  readonly #pacer: Pacer;

  constructor(spec: FrameSpec) {
    ({ format: this.format, rate: this.rate, channels: this.channels } = spec);
    this.#pacer = new Pacer(spec.rate);
  }

  get xruns(): number {
    return this.#pacer.xruns;
  }

  setQuantum(quantumFrames: number): void {
    this.#pacer.setQuantum(quantumFrames);
  }

  wait(): Readiness {
    return this.#pacer.wait();
  }

  write(_frames: bigint, frameCount: number): boolean {
    this.#pacer.advance(frameCount);
    return true;
  }

  delayFrames(): number {
    return this.#pacer.aheadFrames();
  }

  close(): void {}
}
