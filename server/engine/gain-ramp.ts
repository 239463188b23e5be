/** A gain that moves in straight lines. Kernels take one line at a time: `span` frames from `value`, by `step` a frame. */
export class GainRamp {
  value: number;
  step = 0;
  target: number;
  #left = 0;

  constructor(value: number) {
    this.value = value;
    this.target = value;
  }

  /** Moves to `target` within `frames`, from wherever it is now. */
  aim(target: number, frames: number): void {
    this.target = target;
    if (frames <= 0 || target === this.value) return this.jump(target);
    this.#left = frames;
    this.step = (target - this.value) / frames;
  }

  jump(value: number): void {
    this.value = value;
    this.target = value;
    this.step = 0;
    this.#left = 0;
  }

  get moving(): boolean {
    return this.#left > 0;
  }

  /** How many of the next `frames` lie on the present line. */
  span(frames: number): number {
    return this.#left > 0 && this.#left < frames ? this.#left : frames;
  }

  advance(frames: number): void {
    if (this.#left === 0) return;
    this.#left -= frames;
    if (this.#left > 0) this.value += this.step * frames;
    else this.jump(this.target); // arrive exactly: a sum of steps would miss by a hair and never be unity again
  }
}
