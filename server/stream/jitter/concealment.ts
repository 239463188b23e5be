/** Periods that are looked for: one or several of what a voice or an instrument repeats. */
const LEAST_PERIOD_MS = 5;
const MOST_PERIOD_MS = 15;
/** What has to be alike one period apart. */
const MATCH_MS = 5;
/** A repeated period is heard as it was for so long, then fades: longer it would buzz. */
const HOLD_MS = 10;
const FADE_MS = 40;
/** The step between what was heard and its repetition goes within this. */
const SMOOTH_MS = 1;
/** Between made-up and real sound. */
const JOIN_MS = 5;
/** Periods are looked for in every nth frame first, so that hostile gaps cost little whatever the rate. */
const COARSE_RATE = 12_000;

/**
 * Stands in for frames that are not there: repeats the last period of what was heard, and lets it fade (the idea of
 * ITU-T G.711 Appendix I). Real sound fades in over it.
 */
export class Concealment {
  /** What was heard last, real or made up: the newest frame is the last one. */
  readonly #history: readonly Float32Array[];
  readonly #mono: Float32Array;
  /** The period that is repeated, and what is added to its begin so that there is no step. */
  readonly #period: readonly Float32Array[];
  readonly #step: Float32Array;
  readonly #frame: Float32Array;
  readonly #stride: number;
  readonly #leastPeriod: number;
  readonly #mostPeriod: number;
  readonly #matchFrames: number;
  readonly #historyFrames: number;
  readonly #holdFrames: number;
  readonly #fadeFrames: number;
  readonly #smoothFrames: number;
  readonly #joinFrames: number;
  #periodFrames = 0;
  /** Frames made since the gap began; undefined outside of gaps. */
  #made: number | undefined;
  /** Frames of the fade from made-up to real sound that are done. */
  #joined = 0;

  constructor(channels: number, rate: number) {
    const framesOf = (ms: number) => Math.round((ms * rate) / 1000);
    this.#stride = Math.max(1, Math.floor(rate / COARSE_RATE));
    this.#leastPeriod = framesOf(LEAST_PERIOD_MS);
    this.#mostPeriod = framesOf(MOST_PERIOD_MS);
    this.#matchFrames = framesOf(MATCH_MS);
    this.#historyFrames = this.#mostPeriod + this.#matchFrames;
    this.#holdFrames = framesOf(HOLD_MS);
    this.#fadeFrames = framesOf(FADE_MS);
    this.#smoothFrames = framesOf(SMOOTH_MS);
    this.#joinFrames = framesOf(JOIN_MS);
    this.#mono = new Float32Array(this.#historyFrames);
    this.#history = Array.from({ length: channels }, () => new Float32Array(this.#historyFrames));
    this.#period = Array.from({ length: channels }, () => new Float32Array(this.#mostPeriod));
    this.#step = new Float32Array(channels);
    this.#frame = new Float32Array(channels);
  }

  /** What passes is not all real: it joins on to what was made up. */
  get joining(): boolean {
    return this.#made !== undefined;
  }

  /** Fills frames `at` to `at + frames` of planar `into` with what could have been there. */
  fill(into: readonly Float32Array[], at: number, frames: number): void {
    // A gap right after another begins from what was just heard of the way back.
    if (this.#made === undefined || this.#joined > 0) this.#begin();
    for (let i = 0; i < frames; i++) this.#extrapolate(into, at + i);
    this.#joined = 0;
    this.#remember(into, at, frames);
  }

  /** Frames `at` to `at + frames` of planar `into` are real: they fade in where made-up sound went before. */
  pass(into: readonly Float32Array[], at: number, frames: number): void {
    if (this.#made !== undefined) this.#join(into, at, frames);
    this.#remember(into, at, frames);
  }

  /** Sound goes on elsewhere in the stream: what was heard fades into it. */
  jump(): void {
    if (this.#made === undefined) this.#begin();
    this.#joined = 0;
  }

  #begin(): void {
    this.#made = 0;
    const frames = (this.#periodFrames = this.#findPeriod());
    this.#history.forEach((history, c) => {
      this.#period[c]?.set(history.subarray(this.#historyFrames - frames));
      this.#step[c] = (history[this.#historyFrames - 1] ?? 0) - (history[this.#historyFrames - 1 - frames] ?? 0);
    });
  }

  /** One frame of the repeated period, at its gain. */
  #extrapolate(into: readonly Float32Array[], at: number): void {
    const made = this.#made ?? 0;
    const within = made % this.#periodFrames;
    const gain = Math.max(0, Math.min(1, 1 - (made - this.#holdFrames) / this.#fadeFrames));
    const smooth = Math.max(0, 1 - within / this.#smoothFrames);
    for (let c = 0; c < into.length; c++) {
      const channel = into[c];
      if (channel) channel[at] = gain * ((this.#period[c]?.[within] ?? 0) + smooth * (this.#step[c] ?? 0));
    }
    this.#made = made + 1;
  }

  #join(into: readonly Float32Array[], at: number, frames: number): void {
    const faded = Math.min(frames, this.#joinFrames - this.#joined);
    for (let i = 0; i < faded; i++) {
      const gain = ++this.#joined / this.#joinFrames;
      for (let c = 0; c < into.length; c++) this.#frame[c] = into[c]?.[at + i] ?? 0;
      this.#extrapolate(into, at + i);
      for (let c = 0; c < into.length; c++) {
        const channel = into[c];
        if (channel) channel[at + i] = (channel[at + i] ?? 0) * (1 - gain) + (this.#frame[c] ?? 0) * gain;
      }
    }
    if (this.#joined === this.#joinFrames) this.#made = undefined;
  }

  /** How many frames ago it was most like it is now: the best normalised correlation. */
  #findPeriod(): number {
    const mono = this.#mono.fill(0);
    for (const channel of this.#history)
      for (let i = 0; i < this.#historyFrames; i++) mono[i] = (mono[i] ?? 0) + (channel[i] ?? 0);
    const coarse = this.#bestPeriod(this.#leastPeriod, this.#mostPeriod, this.#stride);
    const near = this.#stride - 1;
    return this.#bestPeriod(Math.max(this.#leastPeriod, coarse - near), Math.min(this.#mostPeriod, coarse + near), 1);
  }

  #bestPeriod(least: number, most: number, stride: number): number {
    let [best, bestLikeness] = [most, 0];
    for (let period = least; period <= most; period += stride) {
      const likeness = this.#likeness(period, stride);
      if (likeness > bestLikeness) [best, bestLikeness] = [period, likeness];
    }
    return best;
  }

  #likeness(period: number, stride: number): number {
    const mono = this.#mono;
    let [product, energy] = [0, 0];
    for (let i = this.#historyFrames - this.#matchFrames; i < this.#historyFrames; i += stride) {
      const before = mono[i - period] ?? 0;
      product += (mono[i] ?? 0) * before;
      energy += before * before;
    }
    return product > 0 ? (product * product) / energy : 0;
  }

  #remember(from: readonly Float32Array[], at: number, frames: number): void {
    const kept = Math.min(frames, this.#historyFrames);
    this.#history.forEach((history, c) => {
      history.copyWithin(0, kept);
      const heard = from[c];
      if (heard) history.set(heard.subarray(at + frames - kept, at + frames), this.#historyFrames - kept);
    });
  }
}
