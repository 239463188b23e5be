/**
 * Says how fast a buffer is read, from how full it is: frames taken per frame heard, 1 is as they came. Asked once a
 * render quantum. The seam for a controller that estimates the drift of the two clocks.
 */
export interface RateController {
  stepFor(fillFrames: number, targetFrames: number): number;
}

/** 0.3 % is five cents: not heard as a change of pitch. */
export const CORRECTION = 0.003;
/** Share of a new fill in the mean: some 0.7 s of render quanta at 48 kHz, so that a packet's arrival is no trend. */
const SMOOTHING = 1 / 256;
/** Off the target by more than this share of it starts a correction, which ends at the target. */
const BAND = 0.35;

/** Leaves the sound untouched near the target; beyond, plays slightly faster or slower until it is back. */
export class DeadBandController implements RateController {
  #meanFill: number | undefined;
  #correction = 0;

  stepFor(fillFrames: number, targetFrames: number): number {
    this.#meanFill = (this.#meanFill ?? fillFrames) + (fillFrames - (this.#meanFill ?? fillFrames)) * SMOOTHING;
    const excess = this.#meanFill - targetFrames;
    if (Math.abs(excess) > BAND * targetFrames) this.#correction = Math.sign(excess) * CORRECTION;
    else if (Math.sign(excess) !== Math.sign(this.#correction)) this.#correction = 0;
    return 1 + this.#correction;
  }

  /** What was learnt no longer holds: the buffer was emptied or skipped. */
  reset(): void {
    this.#meanFill = undefined;
    this.#correction = 0;
  }
}
