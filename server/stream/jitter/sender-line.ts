import { FastestLine, type Skew } from '../../engine/drift/fastest-line.js';

/** A sender that stood still for so long (suspended, its page frozen) has another line when it comes back. */
const STANDSTILL_S = 1;

/**
 * When a sender's frames would be here if the network were always at its fastest. From where a packet ends and when it
 * came; what was lost, came twice or in another order does no harm.
 *
 * Arrival times shall come from a clock that knows nothing of sound: ones that are rounded up to the bursts of an audio
 * callback hide the drift itself, for as long as it takes to move by a whole burst.
 *
 * The sender itself knows its clock long before arrivals show it: no network is in what it sees. It is believed as far as it is sure,
 * and as long as arrivals do not say otherwise.
 */
export class SenderLine {
  readonly #rate: number;
  readonly #line: FastestLine;
  #liftedNs = 0;
  #lastFrame = 0;
  #lastNs = 0;

  constructor(rate: number) {
    this.#rate = rate;
    this.#line = new FastestLine(rate);
  }

  /** Nothing has come yet. */
  get empty(): boolean {
    return this.#line.empty;
  }

  /** What the sender says of the clock that makes its frames, by our monotonic one. */
  told(skew: Skew): void {
    this.#line.expect(skew);
  }

  /** A packet that ends before `endFrame` came at `arrivalNs`. How much later than on the line, in ms; never below 0. */
  note(endFrame: number, arrivalNs: number): number {
    const silenceS = (arrivalNs - this.#lastNs) / 1e9;
    const passedS = (endFrame - this.#lastFrame) / this.#rate;
    // After an outage of the network the frames have gone on; after a standstill they have not.
    if (!this.empty && Math.abs(silenceS - passedS) > STANDSTILL_S && silenceS > STANDSTILL_S) this.reset();
    if (this.empty || endFrame > this.#lastFrame) this.#lastFrame = endFrame;
    this.#lastNs = arrivalNs;
    return Math.max(0, this.#line.note(endFrame, arrivalNs) / 1e6);
  }

  /** By how many ms the line has moved since this was asked last, because the sender, or all its way, has become later. */
  takeLiftMs(): number {
    const liftMs = (this.#line.liftedNs - this.#liftedNs) / 1e6;
    this.#liftedNs = this.#line.liftedNs;
    return liftMs;
  }

  /** Forgets all but how fast the sender's clock runs: the next packet begins a new line. */
  reset(): void {
    this.#line.reset();
  }

  /** When a packet that ends before `frame` would come at the soonest. */
  timeNsOf(frame: number): number {
    return this.#line.timeNsOf(frame);
  }

  /** Frames that could be here at `timeNs`. */
  frameAt(timeNs: number): number {
    return this.#line.frameAt(timeNs);
  }

  get nsPerFrame(): number {
    return this.#line.nsPerFrame;
  }
}
