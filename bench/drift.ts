import { type DriftOutcome, NETWORKS, simulateDrift } from '../server/stream/jitter/drift.fixture.js';
import type { BenchContext } from './context.js';
import { atMost, type Figure, figuresOf, type Limit } from './figure.js';

const CASE = 'drift';
const make = figuresOf(CASE);
const DRIFT_PPM = 300;
const HOURS = 24;
/** How soon it locks is a matter of luck: as many starts as it takes to meet a bad one. */
const STARTS = 20;
const START_HOURS = 0.05;
const LOCK_LIMIT_S = 10;
/** More jitter than this hides 5 ppm for longer than 10 s, whatever is made of it: there the lock is only told. */
const LOCK_JITTER_MS = 5;
const STEADY_PPM = 5;
/** A step of the pitch that a keen ear may notice is ten times this. */
const STEP_LIMIT_CENTS = 0.5;

const centsOf = (ppm: number): number => 1200 * Math.log2(1 + ppm * 1e-6);
const worst = (outcomes: readonly DriftOutcome[], of: (outcome: DriftOutcome) => number): number =>
  Math.max(...outcomes.map(of));

/** A day in simulated time on each network, the sender's clock too fast and too slow; and many first minutes. */
function onNetwork(name: keyof typeof NETWORKS): Figure[] {
  const network = NETWORKS[name];
  const terms = { network, purpose: 'music', blockMs: 10 } as const;
  const days = [DRIFT_PPM, -DRIFT_PPM].map((ppm) => simulateDrift({ ...terms, ppm, hours: HOURS, seed: 1 }));
  const starts = Array.from({ length: STARTS }, (_, seed) =>
    simulateDrift({ ...terms, ppm: seed % 2 === 0 ? DRIFT_PPM : -DRIFT_PPM, hours: START_HOURS, seed }),
  );
  const late = days.reduce((sum, { latePackets }) => sum + latePackets, 0) / days.length;
  const lockS = worst(starts, ({ lockedS }) => lockedS);
  const offPpm = worst(starts, ({ worstPpm }) => worstPpm);
  const laterPpm = worst(days, ({ worstLaterPpm }) => worstLaterPpm);
  const stepCents = centsOf(worst(days, ({ largestStepPpm }) => largestStepPpm));
  const delayMs = worst(days, (day) => day.delayMs);
  const locks = network.jitterMs <= LOCK_JITTER_MS;
  const figure = (what: string, value: number, unit: string, limit?: Limit) =>
    make(`${name}, ±${DRIFT_PPM} ppm: ${what}`, value, unit, limit);
  const lockLimit = (limit: number, value: number) => (locks ? atMost(limit, value) : undefined);
  return [
    figure(`underruns in ${HOURS} h after the first 10 s`, late, 'packets', atMost(0, late)),
    figure(`locked, worst of ${STARTS} starts`, lockS, 's', lockLimit(LOCK_LIMIT_S, lockS)),
    figure('off the true ratio after 10 s, worst of these', offPpm, 'ppm', lockLimit(STEADY_PPM, offPpm)),
    figure(`off it after 60 s, worst in ${HOURS} h`, laterPpm, 'ppm', atMost(STEADY_PPM, laterPpm)),
    figure('largest step of the pitch', stepCents, 'cent', atMost(STEP_LIMIT_CENTS, stepCents)),
    figure('fastest packet to mix, at the end', delayMs, 'ms'),
  ];
}

export function drift({ say }: BenchContext): Promise<Figure[]> {
  const names = Object.keys(NETWORKS) as (keyof typeof NETWORKS)[];
  const figures = names.flatMap((name) => {
    say(`${CASE}: ${name}`);
    return onNetwork(name);
  });
  return Promise.resolve(figures);
}
