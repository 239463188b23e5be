/** A sine on the left and its cosine on the right: the angle of a frame says where in the stream it belongs. */
export interface QuadratureSignal {
  readonly hz: number;
  readonly level: number;
  /** Every `stepFrames` frames the level steps between the two, for latencies; 0: never. */
  readonly lowLevel: number;
  readonly stepFrames: number;
}

export const RATE = 48_000;
/** Neither packets nor callbacks last whole periods of it: what is lost or doubled shows in the angle. */
export const STEADY: QuadratureSignal = { hz: 997, level: 0.5, lowLevel: 0.5, stepFrames: 0 };
export const STEPPING: QuadratureSignal = { hz: 997, level: 0.5, lowLevel: 0.2, stepFrames: 24_128 };

/** f32 stereo frames from position `first` on. */
export function quadratureFrames(
  { hz, level, lowLevel, stepFrames }: QuadratureSignal,
  first: number,
  frames: number,
): Float32Array {
  const samples = new Float32Array(frames * 2);
  for (let i = 0; i < frames; i++) {
    const turns = (hz * (first + i)) / RATE;
    const angle = 2 * Math.PI * (turns - Math.floor(turns));
    const amplitude = stepFrames === 0 || Math.floor((first + i) / stepFrames) % 2 === 0 ? level : lowLevel;
    samples[2 * i] = amplitude * Math.sin(angle);
    samples[2 * i + 1] = amplitude * Math.cos(angle);
  }
  return samples;
}

const TURN = 2 * Math.PI;
const wrapped = (angle: number): number => angle - TURN * Math.round(angle / TURN);

/** The level of each frame. */
export function levelsOf(samples: Float32Array): Float64Array {
  return Float64Array.from({ length: samples.length >> 1 }, (_, i) =>
    Math.hypot(samples[2 * i] ?? 0, samples[2 * i + 1] ?? 0),
  );
}

/** Each frame's angle, made to go on where it passes a whole turn. */
function anglesOf(samples: Float32Array): Float64Array {
  const angles = new Float64Array(samples.length >> 1);
  let last = 0;
  for (let i = 0; i < angles.length; i++) {
    last += wrapped(Math.atan2(samples[2 * i] ?? 0, samples[2 * i + 1] ?? 0) - last);
    angles[i] = last;
  }
  return angles;
}

/** Frames over which a jump is looked for: longer than a resampler's filter smears it. */
const JUMP_SPAN = 128;
/** More than any glide of a resampler makes of that. */
const JUMP_LEAST = 1.8;

/** Jumps nearer to each other than this are one. */
const JUMP_APART = 4800;

/** By how many frames the position in a recording is off what `JUMP_SPAN` frames before lets expect, for each frame. */
function strayOf({ hz }: QuadratureSignal, samples: Float32Array): Float64Array {
  const angles = anglesOf(samples);
  const turn = (TURN * hz) / RATE;
  return angles.map((angle, i) =>
    i < JUMP_SPAN ? 0 : Math.abs((angle - (angles[i - JUMP_SPAN] ?? 0)) / turn - JUMP_SPAN),
  );
}

/**
 * The largest jump of the position in a recording, in frames: what a lost or doubled frame makes at least 1 of, and a
 * resampler that glides at its fastest 1.3 at most. A piece of silence, or of anything else, is a large jump.
 */
export function largestJump(signal: QuadratureSignal, samples: Float32Array): number {
  return strayOf(signal, samples).reduce((largest, stray) => Math.max(largest, stray), 0);
}

/** Where something was lost, doubled, or not there. */
export interface Dropout {
  readonly frame: number;
  /** How far the position is off, at most; of silence, or anything else, a large number that says nothing. */
  readonly strayFrames: number;
}

export function dropoutsOf(signal: QuadratureSignal, samples: Float32Array): Dropout[] {
  const dropouts: Dropout[] = [];
  let last = -JUMP_APART;
  strayOf(signal, samples).forEach((stray, frame) => {
    if (stray < JUMP_LEAST) return;
    const before = frame - last < JUMP_APART ? dropouts.pop() : undefined;
    dropouts.push({ frame: before?.frame ?? frame, strayFrames: Math.max(before?.strayFrames ?? 0, stray) });
    last = frame;
  });
  return dropouts;
}

/** A pitch that a resampler changes slowly is a cubic of the time within so many frames. */
const WINDOW = 4800;
const DEGREE = 3;

/** All that is no sine of a slowly changing pitch (THD+N), in dB below it: the median of windows of 100 ms. */
export function residueDb(samples: Float32Array): number {
  const angles = anglesOf(samples);
  const residues: number[] = [];
  for (let from = 0; from + WINDOW <= angles.length; from += WINDOW) {
    residues.push(windowResidueDb(samples, angles, from));
  }
  return residues.sort((a, b) => a - b)[residues.length >> 1] ?? NaN;
}

function windowResidueDb(samples: Float32Array, angles: Float64Array, from: number): number {
  const fitted = fit(angles.subarray(from, from + WINDOW));
  let [real, imaginary, power] = [0, 0, 0];
  for (let i = 0; i < WINDOW; i++) {
    const [y, x] = [samples[2 * (from + i)] ?? 0, samples[2 * (from + i) + 1] ?? 0];
    const [cos, sin] = [Math.cos(fitted(i)), Math.sin(fitted(i))];
    real += x * cos + y * sin;
    imaginary += y * cos - x * sin;
    power += x * x + y * y;
  }
  const explained = (real * real + imaginary * imaginary) / WINDOW;
  return 10 * Math.log10(Math.max(power - explained, 0) / explained);
}

/** Least squares by Legendre polynomials, which on even points are orthogonal enough that one pass each does. */
function fit(values: Float64Array): (at: number) => number {
  const half = (values.length - 1) / 2;
  const rest = Float64Array.from(values);
  const terms = Array.from({ length: DEGREE + 1 }, () => 0);
  for (let round = 0; round < 3; round++) {
    terms.forEach((_, degree) => {
      let [product, norm] = [0, 0];
      rest.forEach((value, i) => {
        const p = legendre(degree, (i - half) / half);
        product += value * p;
        norm += p * p;
      });
      const share = product / norm;
      terms[degree] = (terms[degree] ?? 0) + share;
      for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] ?? 0) - share * legendre(degree, (i - half) / half);
    });
  }
  return (at) => terms.reduce((sum, term, degree) => sum + term * legendre(degree, (at - half) / half), 0);
}

function legendre(degree: number, t: number): number {
  return [1, t, (3 * t * t - 1) / 2, (5 * t * t * t - 3 * t) / 2][degree] ?? 0;
}

/** Lengths in frames of all that is quieter than half of `level`. */
export function gapsOf(samples: Float32Array, level: number): number[] {
  const gaps: number[] = [];
  let frames = 0;
  for (const heard of levelsOf(samples)) {
    if (heard < level / 2) frames++;
    else if (frames > 0) {
      gaps.push(frames);
      frames = 0;
    }
  }
  return frames > 0 ? [...gaps, frames] : gaps;
}

/** Frames at which the level stepped down, or up. */
export function stepsOf(
  { level, lowLevel }: QuadratureSignal,
  samples: Float32Array,
): { frame: number; down: boolean }[] {
  const middle = (level + lowLevel) / 2;
  // What a codec makes of a step may swing through the middle more than once.
  const swing = (level - lowLevel) / 8;
  const steps: { frame: number; down: boolean }[] = [];
  const levels = levelsOf(samples);
  let isLow: boolean | undefined;
  levels.forEach((heard, frame) => {
    // Of silence nothing is known.
    if (heard < lowLevel / 2) isLow = undefined;
    else if (isLow === undefined) isLow = heard < middle;
    else if (isLow ? heard > middle + swing : heard < middle - swing) {
      isLow = !isLow;
      steps.push({ frame, down: isLow });
    }
  });
  return steps;
}
