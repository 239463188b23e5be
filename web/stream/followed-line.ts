import { FastestLine, type Skew } from '../../server/engine/drift/fastest-line.js';

/** What is so late was held up by an outage, or comes from a clock that stood still. */
const ASTRAY_MS = 500;
/** The rest of what was held up is no jitter either: the outage is over when something comes in time. */
const HOME_MS = 20;
/** After an outage of the network what it held up comes at once; what stays late for so long has another line. */
const ASTRAY_LIMIT_MS = 300;

/**
 * The line of a clock that may stand still (a suspended context) and of a network that may hold everything up.
 * The server's SenderLine (server/stream/jitter) takes every packet: there, what is stale never reaches it. Here all comes to
 * the line, also from a context that asks in bursts, so it leaves out what was held up, and begins anew where that stays so.
 */
export class FollowedLine {
  readonly #rate: number;
  readonly #line: FastestLine;
  #astraySinceNs: number | undefined;

  constructor(rate: number) {
    this.#rate = rate;
    this.#line = new FastestLine(rate);
  }

  get empty(): boolean {
    return this.#line.empty;
  }

  /** Nominal seconds of this clock in a real one. */
  get speed(): number {
    return this.#line.frameRate / this.#rate;
  }

  /** As far as it is known (FastestLine). */
  get skew(): Skew {
    return this.#line.skew;
  }

  /** What is known of the clock from elsewhere (FastestLine). */
  expect(skew: Skew): void {
    this.#line.expect(skew);
  }

  /** Frames up to `frame` are there at `timeNs`: by how many ms that is later than on the line, never below 0. */
  note(frame: number, timeNs: number): number {
    const lateMs = this.empty ? 0 : (timeNs - this.#line.timeNsOf(frame)) / 1e6;
    if (lateMs < (this.#astraySinceNs === undefined ? ASTRAY_MS : HOME_MS)) this.#astraySinceNs = undefined;
    else {
      this.#astraySinceNs ??= timeNs;
      if (timeNs - this.#astraySinceNs < ASTRAY_LIMIT_MS * 1e6) return lateMs;
      this.reset();
    }
    return Math.max(0, this.#line.note(frame, timeNs) / 1e6);
  }

  timeNsOf(frame: number): number {
    return this.#line.timeNsOf(frame);
  }

  frameAt(timeNs: number): number {
    return this.#line.frameAt(timeNs);
  }

  reset(): void {
    this.#astraySinceNs = undefined;
    this.#line.reset();
  }
}
