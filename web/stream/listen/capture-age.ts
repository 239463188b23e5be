import { RATE } from '../limits.js';

/** Packets that are looked at at once; the fastest one counts, as it does for the line. */
const REMEMBERED = 64;

/** How old sound is when it comes, from what its packets say of their capture. */
export class CaptureAge {
  #anchorFrame = 0;
  #anchorUs: number | undefined;
  #agesUs: number[] = [];

  /** Frame `frame` was captured at `capturedUs` of our clock. */
  captured(frame: number, capturedUs: number): void {
    this.#anchorFrame = frame;
    this.#anchorUs = capturedUs;
  }

  /** What ends before `endFrame` came at `arrivedUs`. */
  arrived(endFrame: number, arrivedUs: number): void {
    if (this.#anchorUs === undefined) return;
    const capturedUs = this.#anchorUs + ((endFrame - this.#anchorFrame) / RATE) * 1e6;
    this.#agesUs = [...this.#agesUs.slice(1 - REMEMBERED), Math.max(0, arrivedUs - capturedUs)];
  }

  /** Of the newest frame of the fastest packet of late; undefined before any said when it was captured. */
  get leastUs(): number | undefined {
    return this.#agesUs.length === 0 ? undefined : Math.min(...this.#agesUs);
  }

  reset(): void {
    this.#anchorUs = undefined;
    this.#agesUs = [];
  }
}
