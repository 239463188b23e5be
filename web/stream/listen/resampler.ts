/** A windowed sinc (Kaiser): 48 taps for every one of 256 positions between two frames, straight lines between those. */
const TAPS = 48;
const PHASES = 256;
const KAISER_BETA = 9;
/** The pass band's edge, as a share of the lower of both Nyquist frequencies: 22 kHz at 48 kHz. */
const CUTOFF = 0.92;
/** Frames that can be pushed ahead of what is pulled. */
const ROOM_FRAMES = 4096;

/** Bessel function of the first kind, order 0: its power series. */
function besselI0(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-12; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

/** `(PHASES + 1) × taps` weights; each phase sums to 1, so that a constant stays itself. */
function kernel(taps: number, cutoff: number): Float32Array {
  const table = new Float32Array((PHASES + 1) * taps);
  for (let phase = 0; phase <= PHASES; phase++) {
    const weights = Array.from({ length: taps }, (_, k) => {
      const x = k - (taps / 2 - 1) - phase / PHASES;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x);
      const within = 1 - ((2 * x) / taps) ** 2;
      return within < 0 ? 0 : sinc * besselI0(KAISER_BETA * Math.sqrt(within));
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.forEach((weight, k) => (table[phase * taps + k] = weight / sum));
  }
  return table;
}

/**
 * Reads sound at any speed, which may change with every frame, without a step in it. Planar; what it works on is made once.
 * Frames are pushed, then pulled: `wanted` says how many a pull needs.
 */
export class Resampler {
  /** Frames that it must know beyond the one it reads. */
  readonly aheadFrames: number;
  readonly #taps: number;
  readonly #kernel: Float32Array;
  /** The weights of one output frame. */
  readonly #weights: Float32Array;
  readonly #input: readonly Float32Array[];
  #filled: number;
  /** Where the next output frame's first tap lies in the input. */
  #position = 0;

  /** `step`: frames pushed per frame pulled, about; where there are more, the pass band ends at the lower Nyquist frequency. */
  constructor(channels: number, step = 1) {
    this.#taps = 2 * Math.ceil((TAPS / 2) * Math.max(1, step));
    this.#kernel = kernel(this.#taps, CUTOFF / Math.max(1, step));
    this.#weights = new Float32Array(this.#taps);
    this.#input = Array.from({ length: channels }, () => new Float32Array(this.#taps + ROOM_FRAMES));
    this.aheadFrames = this.#taps / 2;
    // The first frame pushed is the first one read: silence stands before it.
    this.#filled = this.aheadFrames - 1;
  }

  /** Frames pushed whose time has not come: a fraction of one more than whole ones are held. */
  get heldFrames(): number {
    return this.#filled - (this.aheadFrames - 1) - this.#position;
  }

  /** Frames to push before `frames` can be pulled with a step of at most `step`. */
  wanted(frames: number, step: number): number {
    return Math.max(0, Math.floor(this.#position + (frames - 1) * step) + this.#taps - this.#filled);
  }

  /** Takes frames `from` to `from + frames` of planar `channels`; as many as `wanted` asked for always fit. */
  push(channels: readonly Float32Array[], from: number, frames: number): void {
    this.#input.forEach((input, c) => {
      const channel = channels[Math.min(c, channels.length - 1)];
      if (channel) input.set(channel.subarray(from, from + frames), this.#filled);
    });
    this.#filled += frames;
  }

  /** Fills `output` from what was pushed, at a step that goes evenly from `step` to `stepAtEnd`. */
  pull(output: readonly Float32Array[], step: number, stepAtEnd = step): void {
    const frames = output[0]?.length ?? 0;
    const slope = (stepAtEnd - step) / Math.max(1, frames);
    let position = this.#position;
    for (let i = 0; i < frames; i++) {
      const first = Math.floor(position);
      this.#weigh(position - first);
      for (let c = 0; c < output.length; c++) {
        const channel = output[c];
        const input = this.#input[Math.min(c, this.#input.length - 1)];
        if (channel && input) channel[i] = this.#sum(input, first);
      }
      position += step + slope * i;
    }
    this.#forget(Math.floor(position));
    this.#position = position - Math.floor(position);
  }

  #weigh(fraction: number): void {
    const weights = this.#weights;
    const kernel = this.#kernel;
    const taps = weights.length;
    const phase = Math.floor(fraction * PHASES);
    const between = fraction * PHASES - phase;
    for (let k = 0, at = phase * taps; k < taps; k++, at++) {
      const weight = kernel[at] ?? 0;
      weights[k] = weight + between * ((kernel[at + taps] ?? 0) - weight);
    }
  }

  #sum(input: Float32Array, first: number): number {
    const weights = this.#weights;
    // Two sums at once: each addition need not wait for the one before.
    let [even, odd] = [0, 0];
    for (let k = 0, at = first; k < weights.length; k += 2, at += 2) {
      even += (input[at] ?? 0) * (weights[k] ?? 0);
      odd += (input[at + 1] ?? 0) * (weights[k + 1] ?? 0);
    }
    return even + odd;
  }

  #forget(frames: number): void {
    for (const input of this.#input) input.copyWithin(0, frames, this.#filled);
    this.#filled -= frames;
  }
}
