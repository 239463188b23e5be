import { type DriftOutcome, type Network, NETWORKS, simulateDrift } from '../server/stream/jitter/drift.fixture.js';
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
/** A page on another host, where the browser rounds its clock; it has been open for three minutes before somebody speaks. */
const PAGE = { purpose: 'music', blockMs: 10, hostPpm: 50, grainMs: 0.1, metS: 180 } as const;
/** What its last visit left of its host's clock, which is another by then: a colder room. */
const COLDER_PPM = 2;
const REMEMBERED_ERROR = 3.5e-6;
const STEADY_PPM = 5;
/** A step of the pitch that a keen ear may notice is ten times this. */
const STEP_LIMIT_CENTS = 0.5;

const centsOf = (ppm: number): number => 1200 * Math.log2(1 + ppm * 1e-6);
const worst = (outcomes: readonly DriftOutcome[], of: (outcome: DriftOutcome) => number): number =>
  Math.max(...outcomes.map(of));

/** How a page comes to speak. */
type Visit = 'open' | 'first' | 'again';

/** Many first minutes, the sender's clock too fast and too slow, its host's the one or the other. */
const starts = (network: Network, visit: Visit): readonly DriftOutcome[] =>
  Array.from({ length: STARTS }, (_, seed) => {
    const [ppm, hostPpm] = [seed % 2 ? -DRIFT_PPM : DRIFT_PPM, seed % 4 < 2 ? PAGE.hostPpm : -PAGE.hostPpm];
    const then = { skew: (COLDER_PPM - hostPpm) * 1e-6, error: REMEMBERED_ERROR };
    const terms = { ...PAGE, network, ppm, hostPpm, hours: START_HOURS, seed };
    return simulateDrift({
      ...terms,
      ...(visit !== 'open' && { metS: 0 }),
      ...(visit === 'again' && { remembered: then }),
    });
  });

/** The starts, and days in simulated time. */
function onNetwork(name: keyof typeof NETWORKS): Figure[] {
  const network = NETWORKS[name];
  const days = [DRIFT_PPM, -DRIFT_PPM].map((ppm) => simulateDrift({ ...PAGE, network, ppm, hours: HOURS, seed: 1 }));
  const known = starts(network, 'open');
  const strange = starts(network, 'first');
  const again = starts(network, 'again');
  const late = days.reduce((sum, { latePackets }) => sum + latePackets, 0) / days.length;
  const lockS = worst(known, ({ lockedS }) => lockedS);
  const offPpm = worst(known, ({ worstPpm }) => worstPpm);
  const startLaterPpm = worst(known, ({ worstLaterPpm }) => worstLaterPpm);
  const laterPpm = worst(days, ({ worstLaterPpm }) => worstLaterPpm);
  const stepCents = centsOf(worst([...days, ...known, ...strange, ...again], ({ largestStepPpm }) => largestStepPpm));
  const delayMs = worst(days, (day) => day.delayMs);
  const figure = (what: string, value: number, unit: string, limit?: Limit) =>
    make(`${name}, ±${DRIFT_PPM} ppm: ${what}`, value, unit, limit);
  const atOnce = (who: string, outcomes: readonly DriftOutcome[]): Figure[] => [
    figure(
      `${who}: off after 10 s`,
      worst(outcomes, ({ worstPpm }) => worstPpm),
      'ppm',
    ),
    figure(
      '… off it after 60 s',
      worst(outcomes, ({ worstLaterPpm }) => worstLaterPpm),
      'ppm',
    ),
  ];
  return [
    figure(`underruns in ${HOURS} h after the first 10 s`, late, 'packets', atMost(0, late)),
    figure(`locked, worst of ${STARTS} starts`, lockS, 's', atMost(LOCK_LIMIT_S, lockS)),
    figure('off the true ratio after 10 s, worst of these', offPpm, 'ppm', atMost(STEADY_PPM, offPpm)),
    figure('off it after 60 s, worst of these', startLaterPpm, 'ppm', atMost(STEADY_PPM, startLaterPpm)),
    figure(`off it after 60 s, worst in ${HOURS} h`, laterPpm, 'ppm', atMost(STEADY_PPM, laterPpm)),
    ...atOnce('a page that speaks as it connects', strange),
    ...atOnce('the same, where it was here before', again),
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
