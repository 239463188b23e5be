import { type ClockExchange, exchangeOf } from '../../server/engine/drift/clock-exchange.js';
import { WeirError } from '../../server/observe/errors.js';
import { nowNs } from '../sys.js';
import type { Connection } from './connection.js';

const ROUNDS = 8;

/** How this program's CLOCK_MONOTONIC maps to the server's. On one machine they are the same clock, containers aside. */
export interface ClockMapping {
  /** Server's time minus ours. */
  readonly offsetUs: number;
  /** The offset is right to within this: half the shortest round trip. */
  readonly errorUs: number;
}

const nowUs = (): number => Math.round(nowNs() / 1000);

async function exchange(connection: Connection): Promise<ClockExchange> {
  return connection.request({ clockPing: { t1Us: nowUs() } }, (answer) => {
    if (answer.body !== 'clockPong') throw new WeirError('BAD_MESSAGE', 'the server did not answer a clock ping');
    const { t1Us, t2Us, t3Us } = answer.clockPong;
    return exchangeOf({ t1Us: t1Us ?? 0, t2Us: t2Us ?? 0, t3Us: t3Us ?? 0, t4Us: nowUs() });
  });
}

/** By the best of a few exchanges: the one with the shortest round trip had the least queueing in it. */
export async function measureClock(connection: Connection): Promise<ClockMapping> {
  let best = await exchange(connection);
  for (let round = 1; round < ROUNDS; round++) {
    const next = await exchange(connection);
    if (next.roundTripUs < best.roundTripUs) best = next;
  }
  return { offsetUs: best.offsetUs, errorUs: Math.max(0, best.roundTripUs) / 2 };
}
