import { Tally, type TallyLimits } from '../../session/tally.js';

export interface BudgetLimits {
  readonly frames: TallyLimits;
  readonly soundBytes: TallyLimits;
  readonly seeks: TallyLimits;
  readonly workMs: TallyLimits;
}

/** What may be asked of the server. What is asked beyond waits in the asker's own sockets. */
export class Budget {
  readonly frames: Tally;
  readonly soundBytes: Tally;
  readonly seeks: Tally;
  /** The main thread's time, in ms. */
  readonly workMs: Tally;

  constructor(
    { frames, soundBytes, seeks, workMs }: BudgetLimits,
    nowMs: number,
    /** What this is a share of; it lives as long as its shares do. */
    readonly whole?: Budget,
  ) {
    this.frames = new Tally(frames, nowMs, whole?.frames);
    this.soundBytes = new Tally(soundBytes, nowMs, whole?.soundBytes);
    this.seeks = new Tally(seeks, nowMs, whole?.seeks);
    this.workMs = new Tally(workMs, nowMs, whole?.workMs);
  }

  isDry(nowMs: number): boolean {
    return (
      this.frames.isDry(nowMs) || this.soundBytes.isDry(nowMs) || this.seeks.isDry(nowMs) || this.workMs.isDry(nowMs)
    );
  }
}
