import { WeirError } from '../observe/errors.js';

/** Streams on one engine thread cost time that all of them share, so time is a quota like memory. */
export interface Load {
  readonly client: number;
  readonly channels: number;
  readonly rate: number;
}

const PERIOD_US = 10_000;
/** Of each 10 ms: what all streams of an output may take, and one client's. The rest is the mix, the listeners and air. */
export const OUTPUT_LIMIT_US = 0.6 * PERIOD_US;
export const CLIENT_LIMIT_US = 0.75 * OUTPUT_LIMIT_US;

/**
 * Microseconds that a stream takes of each 10 ms, rounded up from measurements of the kernels on one 2.6 GHz core: its turn of
 * the loop, its channels, and where the rates differ a resampler whose filter grows with the ratio.
 */
export function costUs({ channels, rate }: Load, deviceRate: number): number {
  const perChannel = rate === deviceRate ? 0.5 : 3 * Math.max(1, rate / deviceRate);
  return (3 + channels * perChannel) * Math.max(1, deviceRate / 48_000);
}

/** Why an output takes no more of it. */
export function refuseLoad(streams: Iterable<Load>, wanted: Load, deviceRate: number): WeirError | undefined {
  let all = costUs(wanted, deviceRate);
  let own = all;
  for (const stream of streams) {
    const cost = costUs(stream, deviceRate);
    all += cost;
    if (stream.client === wanted.client) own += cost;
  }
  if (own > CLIENT_LIMIT_US)
    return new WeirError('TOO_MANY_STREAMS', 'this client would take more than its share of the output');
  if (all > OUTPUT_LIMIT_US)
    return new WeirError('TOO_MANY_STREAMS', 'the output carries as much as its thread can mix in time');
  return undefined;
}
