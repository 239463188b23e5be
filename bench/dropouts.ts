import type { Dropout } from '../e2e/probe/quadrature.js';
import { atMost, type Figure, figuresOf } from './figure.js';
import type { Journal } from './journal.js';
import { lastsMs, type Standstills } from './machine-watch.js';

/** Sound that was on its way when the machine stood still is missed within this. */
const FELT_WITHIN_MS = 100;
/** What is shorter, in all, any buffer bears: with the 4 ms more that a standstill may last unseen, 12 ms (docs/latency.md). */
const EXPLAINS_MS = 8;
/** Where the output itself ran dry, the engine's thread stood still, which waits for nobody; its device holds two quanta, 5 ms for talk. */
const EXPLAINS_XRUN_MS = 4;
/** What a path's journal calls that. */
export const OUTPUT_XRUNS = 'xruns of the output';

interface Measured {
  readonly name: string;
  readonly purpose?: string;
  /** `atMs` is when it was heard, by CLOCK_MONOTONIC. */
  readonly dropouts: readonly (Dropout & { readonly atMs: number })[];
  /** Listened to. */
  readonly seconds: number;
  readonly journal: Journal;
  readonly standstills: Standstills;
  readonly say: (what: string) => void;
}

/** How often the sound broke. Each time is said with what the path counted then, and with what the machine did. */
export function dropoutFigures({ name, purpose, dropouts, seconds, journal, standstills, say }: Measured): Figure[] {
  const { whole, any, realtime } = standstills;
  let unexplained = 0;
  for (const { atMs, strayFrames } of dropouts) {
    const felt = any.filter(({ fromMs, toMs }) => fromMs <= atMs && toMs > atMs - FELT_WITHIN_MS);
    const feltMs = felt.map(lastsMs).reduce((a, b) => a + b, 0);
    const grown = journal.about(atMs);
    const explainsMs = OUTPUT_XRUNS in grown ? EXPLAINS_XRUN_MS : EXPLAINS_MS;
    if (feltMs < explainsMs || !realtime) unexplained++;
    const when = `${((atMs - journal.fromMs) / 1000).toFixed(2)} s`;
    const counted = Object.entries(grown).map(([what, by]) => `${by} ${what}`);
    const stood = felt.map(
      (span) => `machine stood still ${lastsMs(span).toFixed(1)} ms, ${(atMs - span.toMs).toFixed(0)} ms before`,
    );
    say(`${name}: dropout at ${when}, ${strayFrames.toFixed(1)} frames off; ${[...counted, ...stood].join('; ')}`);
  }
  const figure = figuresOf(name);
  const label = purpose === undefined ? '' : `${purpose}, `;
  return [
    figure(`${label}dropouts in ${seconds} s`, dropouts.length, ''),
    figure(`${label}dropouts that no standstill of the machine explains`, unexplained, '', atMost(0, unexplained)),
    figure(`${label}times that the machine stood still`, whole.length, ''),
    figure(`${label}its longest standstill`, Math.max(0, ...whole.map(lastsMs)), 'ms'),
  ];
}
