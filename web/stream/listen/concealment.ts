import { RATE } from '../limits.js';

const ms = (milliseconds: number): number => (milliseconds * RATE) / 1000;

/** Periods that are looked for: 5 to 15 ms, one or several of what a voice or an instrument repeats. */
const LEAST_PERIOD = ms(5);
const MOST_PERIOD = ms(15);
/** What has to be alike one period apart. */
const MATCH_FRAMES = ms(5);
const HISTORY_FRAMES = MOST_PERIOD + MATCH_FRAMES;
/** A repeated period is heard as it was for so long, then fades: longer it would buzz. */
const HOLD_FRAMES = ms(10);
const FADE_FRAMES = ms(40);
/** The step between what was heard and its repetition goes within this. */
const SMOOTH_FRAMES = 48;
/** Between made-up and real sound. */
const JOIN_FRAMES = ms(5);

/**
 * Stands in for frames that are not there, at RATE: repeats the last period of what was heard, and lets it fade (the
 * idea of ITU-T G.711 Appendix I). Real sound fades in over it. Opus packets that are missing are concealed so too:
 * WebCodecs gives no access to the decoder's own concealment.
 */
export class Concealment {
  /** What was heard last, real or made up: the newest frame is the last one. */
  readonly #history: readonly Float32Array[];
  readonly #mono = new Float32Array(HISTORY_FRAMES);
  /** The period that is repeated, and what is added to its begin so that there is no step. */
  readonly #period: readonly Float32Array[];
  readonly #step: Float32Array;
  readonly #frame: Float32Array;
  #periodFrames = 0;
  /** Frames made since the gap began; undefined outside of gaps. */
  #made: number | undefined;
  /** Frames of the fade from made-up to real sound that are done. */
  #joined = JOIN_FRAMES;

  constructor(channels: number) {
    this.#history = Array.from({ length: channels }, () => new Float32Array(HISTORY_FRAMES));
    this.#period = Array.from({ length: channels }, () => new Float32Array(MOST_PERIOD));
    this.#step = new Float32Array(channels);
    this.#frame = new Float32Array(channels);
  }

  /** Fills frames `at` to `at + frames` of planar `into` with what could have been there. */
  fill(into: readonly Float32Array[], at: number, frames: number): void {
    if (this.#made === undefined) this.#begin();
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
      this.#period[c]?.set(history.subarray(HISTORY_FRAMES - frames));
      this.#step[c] = (history[HISTORY_FRAMES - 1] ?? 0) - (history[HISTORY_FRAMES - 1 - frames] ?? 0);
    });
  }

  /** One frame of the repeated period, at its gain. */
  #extrapolate(into: readonly Float32Array[], at: number): void {
    const made = this.#made ?? 0;
    const within = made % this.#periodFrames;
    const gain = Math.max(0, Math.min(1, 1 - (made - HOLD_FRAMES) / FADE_FRAMES));
    const smooth = Math.max(0, 1 - within / SMOOTH_FRAMES);
    for (let c = 0; c < into.length; c++) {
      const channel = into[c];
      if (channel) channel[at] = gain * ((this.#period[c]?.[within] ?? 0) + smooth * (this.#step[c] ?? 0));
    }
    this.#made = made + 1;
  }

  #join(into: readonly Float32Array[], at: number, frames: number): void {
    const faded = Math.min(frames, JOIN_FRAMES - this.#joined);
    for (let i = 0; i < faded; i++) {
      const gain = ++this.#joined / JOIN_FRAMES;
      for (let c = 0; c < into.length; c++) this.#frame[c] = into[c]?.[at + i] ?? 0;
      this.#extrapolate(into, at + i);
      for (let c = 0; c < into.length; c++) {
        const channel = into[c];
        if (channel) channel[at + i] = (channel[at + i] ?? 0) * (1 - gain) + (this.#frame[c] ?? 0) * gain;
      }
    }
    if (this.#joined === JOIN_FRAMES) this.#made = undefined;
  }

  /** How many frames ago it was most like it is now: the best normalised correlation. */
  #findPeriod(): number {
    const mono = this.#mono.fill(0);
    for (const channel of this.#history)
      for (let i = 0; i < HISTORY_FRAMES; i++) mono[i] = (mono[i] ?? 0) + (channel[i] ?? 0);
    let [best, bestLikeness] = [MOST_PERIOD, 0];
    for (let period = LEAST_PERIOD; period <= MOST_PERIOD; period++) {
      const likeness = this.#likeness(period);
      if (likeness > bestLikeness) [best, bestLikeness] = [period, likeness];
    }
    return best;
  }

  #likeness(period: number): number {
    const mono = this.#mono;
    let [product, energy] = [0, 0];
    for (let i = HISTORY_FRAMES - MATCH_FRAMES; i < HISTORY_FRAMES; i++) {
      const before = mono[i - period] ?? 0;
      product += (mono[i] ?? 0) * before;
      energy += before * before;
    }
    return product > 0 ? (product * product) / energy : 0;
  }

  #remember(from: readonly Float32Array[], at: number, frames: number): void {
    const kept = Math.min(frames, HISTORY_FRAMES);
    this.#history.forEach((history, c) => {
      history.copyWithin(0, kept);
      const heard = from[c];
      if (heard) history.set(heard.subarray(at + frames - kept, at + frames), HISTORY_FRAMES - kept);
    });
  }
}
