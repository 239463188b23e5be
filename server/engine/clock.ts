/** Loop bandwidth: wide while it locks, then narrow enough to average the scheduler's noise out. */
const LOCKING_HZ = 1;
const LOCKED_HZ = 0.05;
const LOCKING_UPDATES = 64;
/** An error beyond this is a jump (xrun, suspend), not noise: start anew. */
const JUMP_NS = 100e6;

/**
 * Says when a device plays which frame: a second-order delay-locked loop over (frames played, time seen), after
 * F. Adriaensen, "Using a DLL to filter time" (2005). Nothing is allocated in `update`.
 */
export class DeviceClock {
  readonly #nominalRate: number;
  #frames = 0;
  #timeNs = 0;
  #nsPerFrame: number;
  #updates = 0;

  constructor(rate: number) {
    this.#nominalRate = rate;
    this.#nsPerFrame = 1e9 / rate;
  }

  /** The device had played `frames` frames at `nowNs`, as far as it said. */
  update(frames: number, nowNs: number): void {
    const step = frames - this.#frames;
    const predicted = this.#timeNs + step * this.#nsPerFrame;
    const error = nowNs - predicted;
    if (this.#updates === 0 || step < 0 || Math.abs(error) > JUMP_NS) {
      this.#frames = frames;
      this.#timeNs = nowNs;
      this.#nsPerFrame = 1e9 / this.#nominalRate;
      this.#updates = 1;
      return;
    }
    if (step === 0) return;
    const bandwidth = this.#updates++ < LOCKING_UPDATES ? LOCKING_HZ : LOCKED_HZ;
    const omega = 2 * Math.PI * bandwidth * (step / this.#nominalRate);
    this.#timeNs = predicted + Math.SQRT2 * omega * error;
    this.#nsPerFrame += (omega * omega * error) / step;
    this.#frames = frames;
  }

  /** CLOCK_MONOTONIC time at which `frame` is played. */
  timeNsOf(frame: number): number {
    return this.#timeNs + (frame - this.#frames) * this.#nsPerFrame;
  }

  /** Frames that the device plays from `nowNs` until `frame`; none when that is past. */
  framesUntil(frame: number, nowNs: number): number {
    return Math.max(0, Math.round((this.timeNsOf(frame) - nowNs) / this.#nsPerFrame));
  }

  /** Measured frames a second. */
  get rate(): number {
    return 1e9 / this.#nsPerFrame;
  }
}
