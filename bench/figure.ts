/** One measured number, its target where it has one, and the same of a peer in the same run. */
export interface Figure {
  readonly case: string;
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: string;
  /** Whether the target was reached; true where there is none. */
  readonly ok: boolean;
  readonly peer?: string;
  readonly peerValue?: number;
}

/** What a value shall be, and whether it is. */
export type Limit = Pick<Figure, 'ok'> & Required<Pick<Figure, 'target'>>;

export const atMost = (limit: number, value: number): Limit => ({ target: `≤ ${limit}`, ok: value <= limit });
export const below = (limit: number, value: number): Limit => ({ target: `< ${limit}`, ok: value < limit });

/** Makes the figures of one case; without a limit there is no target. */
export function figuresOf(name: string): (figure: string, value: number, unit: string, limit?: Limit) => Figure {
  return (figure, value, unit, limit) => ({ case: name, figure, value, unit, ok: true, ...limit });
}

const rounded = (value: number | undefined): string =>
  value === undefined ? '' : String(Number(value.toPrecision(4)));

const COLUMNS: readonly (readonly [heading: string, cell: (figure: Figure) => string])[] = [
  ['case', (f) => f.case],
  ['figure', (f) => f.figure],
  ['value', (f) => rounded(f.value)],
  ['unit', (f) => f.unit],
  ['peer', (f) => (f.peer === undefined ? '' : `${rounded(f.peerValue)} (${f.peer})`)],
  ['target', (f) => f.target ?? ''],
  ['', (f) => (f.target === undefined ? '' : f.ok ? 'ok' : 'MISSED')],
];

/** The figures as a table for people. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [
    COLUMNS.map(([heading]) => heading),
    ...figures.map((figure) => COLUMNS.map(([, cell]) => cell(figure))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The middle value; machines are noisy, and a mean would carry every disturbance. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The value that a share of all is below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
