import type { MonitorEar } from './monitor-ear.js';
import type { Heard } from './probe-page.js';
import { type QuadratureSignal, stepsOf } from './quadrature.js';

/** A step of the signal's level, and when it was at one place of the path; CLOCK_MONOTONIC in ms. */
export interface Step {
  readonly atMs: number;
  readonly down: boolean;
}

/** CLOCK_MONOTONIC. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
/** A worklet knows the wall's clock only, in whole ms rounded down; both are, so that they agree to 1 ms, and in the mean. */
export const monotonicOf = (wallMs: number): number => wallMs - Date.now() + nowMs();

export const stepsSent = (sent: ReadonlyMap<number, number>): Step[] =>
  [...sent].map(([number, wallMs]) => ({ atMs: monotonicOf(wallMs), down: number % 2 === 1 }));

export function stepsMixed(ear: MonitorEar, signal: QuadratureSignal): Step[] {
  return stepsOf(signal, ear.samples()).map(({ frame, down }) => ({ atMs: ear.mixedMs(frame) ?? NaN, down }));
}

export function stepsAsked({ samples, askedMs }: Heard, signal: QuadratureSignal): Step[] {
  return stepsOf(signal, samples).map(({ frame, down }) => ({ atMs: monotonicOf(askedMs(frame)), down }));
}

/** The page's clock and ours may be so far apart. */
const CLOCK_SLACK_MS = 1.5;

/**
 * How long each step of `from` took: until the first one alike of `to`, before the next one alike of `from`. What fades out in a dropout and comes
 * back steps too, and is no step that was sent.
 */
export function latenciesMs(from: readonly Step[], to: readonly Step[]): number[] {
  return [true, false].flatMap((direction) => {
    const alike = ({ down }: Step) => down === direction;
    const sent = from.filter(alike);
    const heard = to.filter(alike);
    return sent.flatMap(({ atMs }, i) => {
      const nextMs = sent[i + 1]?.atMs ?? Infinity;
      const first = heard.find((step) => step.atMs >= atMs - CLOCK_SLACK_MS && step.atMs < nextMs - CLOCK_SLACK_MS);
      return first ? [first.atMs - atMs] : [];
    });
  });
}
