/**
 * What is left of a tone of about `frequency` (cycles a frame) when a sine whose pitch changes evenly is fitted to each
 * `window` of it, in dB below the tone; the worst window. Noise, distortion, and any frame that is lost or doubled.
 */
export function chirpResidueDb(samples: readonly number[], frequency: number, window: number): number {
  let worst = -Infinity;
  for (let from = 0; from + window <= samples.length; from += window) {
    worst = Math.max(worst, residueDb(samples.slice(from, from + window), frequency));
  }
  return worst;
}

/** Gauss-Newton over level, phase, pitch and its change; time from −1 to 1, so that the equations are well conditioned. */
function residueDb(samples: readonly number[], frequency: number): number {
  const half = (samples.length - 1) / 2;
  let pitch = 2 * Math.PI * frequency * half;
  let change = 0;
  let solution = [0, 0, 0, 0, 0];
  for (let round = 0; round < 6; round++) {
    const rows = samples.map((_, i) => {
      const t = (i - half) / half;
      const cos = Math.cos(pitch * t + change * t * t);
      const sin = Math.sin(pitch * t + change * t * t);
      const turned = (solution[1] ?? 0) * cos - (solution[0] ?? 0) * sin;
      return [cos, sin, 1, round === 0 ? 0 : t * turned, round === 0 ? 0 : t * t * turned];
    });
    solution = leastSquares(rows, samples);
    pitch += solution[3] ?? 0;
    change += solution[4] ?? 0;
  }
  let rest = 0;
  for (const [i, sample] of samples.entries()) {
    const t = (i - half) / half;
    const phase = pitch * t + change * t * t;
    rest +=
      (sample - (solution[0] ?? 0) * Math.cos(phase) - (solution[1] ?? 0) * Math.sin(phase) - (solution[2] ?? 0)) ** 2;
  }
  const level = Math.hypot(solution[0] ?? 0, solution[1] ?? 0);
  return 10 * Math.log10(rest / samples.length / (level ** 2 / 2));
}

/** Normal equations by Gauss's elimination; a column of zeros keeps its factor at 0. */
function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const size = rows[0]?.length ?? 0;
  const sums = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const [n, row] of rows.entries()) {
    sums.forEach((line, i) => {
      for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + (row[i] ?? 0) * (row[j] ?? 0);
      line[size] = (line[size] ?? 0) + (row[i] ?? 0) * (values[n] ?? 0);
    });
  }
  sums.forEach((pivot, i) => {
    if ((pivot[i] ?? 0) === 0) return;
    sums.forEach((line, k) => {
      const factor = k === i ? 0 : (line[i] ?? 0) / (pivot[i] ?? 1);
      for (let j = i; j <= size; j++) line[j] = (line[j] ?? 0) - factor * (pivot[j] ?? 0);
    });
  });
  return sums.map((line, i) => ((line[i] ?? 0) === 0 ? 0 : (line[size] ?? 0) / (line[i] ?? 1)));
}
