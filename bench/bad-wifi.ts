import { setTimeout as sleep } from 'node:timers/promises';
import { latenciesMs, stepsMixed, stepsSent } from '../e2e/probe/latencies.js';
import { MonitorEar } from '../e2e/probe/monitor-ear.js';
import { sentSteps } from '../e2e/probe/probe-page.js';
import { ProbedPath } from '../e2e/probe/probed-path.js';
import { gapsOf, levelsOf, RATE, STEPPING } from '../e2e/probe/quadrature.js';
import type { BenchContext } from './context.js';
import { type Figure, quantile } from './figure.js';

const CASE = 'bad-wifi';
const SETTLE_MS = 30_000;
const LEAST_SECONDS = 20;
const OUTAGES_S = [2, 5];
/** How long sound is waited for after an outage, and how long it must go on to be back. */
const RECOVERY_MS = 5000;
const BACK_FRAMES = RATE / 20;

const LIMITS = {
  webtransport: { gapMs: 0, latencyMs: 80 },
  websocket: { gapMs: 20, latencyMs: 150 },
} as const;
const CONCEALED_PERCENT = 0.5;
const BANDWIDTH_KBIT = 140;
const RECOVERED_MS = 300;
/** A hole shorter than this is no gap to any ear. */
const AUDIBLE_MS = 2;

const atMost = (limit: number, value: number) => ({ target: `≤ ${limit}`, ok: value <= limit });

/** Opus for music from a tab over bad Wi-Fi: what is heard of it, how late, for how many bytes; and outages of the whole network. */
export async function badWifi(context: BenchContext): Promise<Figure[]> {
  return [...(await overCarrier('webtransport', context)), ...(await overCarrier('websocket', context))];
}

async function overCarrier(carrier: keyof typeof LIMITS, { seconds, say }: BenchContext): Promise<Figure[]> {
  say(`${CASE}: ${carrier}, settling`);
  await using path = await ProbedPath.open({ carrier, weather: 'badWifi', signal: STEPPING });
  await path.speak({ purpose: 'music', codec: 'opus' });
  await sleep(SETTLE_MS);
  const lasts = Math.max(seconds, LEAST_SECONDS);
  say(`${CASE}: ${carrier}, ${lasts} s`);
  const steady = await steadyFigures(path, lasts);
  const figures = steady.map(({ figure, limit, ...rest }) => ({
    case: CASE,
    figure: `${carrier}, ${figure}`,
    ok: true,
    ...rest,
    ...limit?.(LIMITS[carrier]),
  }));
  for (const outageS of OUTAGES_S) {
    say(`${CASE}: ${carrier}, an outage of ${outageS} s`);
    const value = await recoveryMs(path, outageS);
    const figure = `${carrier}, sound after an outage of ${outageS} s`;
    figures.push({ case: CASE, figure, value, unit: 'ms', ...atMost(RECOVERED_MS, value) });
  }
  return figures;
}

interface Measured {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly limit?: (limits: (typeof LIMITS)[keyof typeof LIMITS]) => { target: string; ok: boolean };
}

async function steadyFigures(path: ProbedPath, seconds: number): Promise<Measured[]> {
  await using ear = await MonitorEar.open(path.weir, 'up');
  const look = async () => ({ atMs: performance.now(), ...(await path.jitter()), ...(await path.network.carried()) });
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  const passedMs = after.atMs - before.atMs;
  const concealed = ((after.concealedFrames - before.concealedFrames) * 100_000) / (passedMs * RATE);
  const gapsMs = gapsOf(ear.samples(), STEPPING.lowLevel).map((frames) => (frames * 1000) / RATE);
  const longestMs = Math.max(0, ...gapsMs.filter((gapMs) => gapMs >= AUDIBLE_MS));
  const latencies = latenciesMs(stepsSent(await sentSteps(path.page)), stepsMixed(ear, STEPPING));
  const latencyMs = quantile(latencies, 0.5);
  const kbit = ((after.upBytes - before.upBytes) * 8) / passedMs;
  return [
    { figure: 'concealed', value: concealed, unit: '%', limit: () => atMost(CONCEALED_PERCENT, concealed) },
    { figure: 'longest gap', value: longestMs, unit: 'ms', limit: ({ gapMs }) => atMost(gapMs, longestMs) },
    { figure: 'latency, median', value: latencyMs, unit: 'ms', limit: (limits) => atMost(limits.latencyMs, latencyMs) },
    { figure: 'latency, p99', value: quantile(latencies, 0.99), unit: 'ms' },
    {
      figure: 'bandwidth up, with IP, UDP and TCP',
      value: kbit,
      unit: 'kbit/s',
      limit: () => atMost(BANDWIDTH_KBIT, kbit),
    },
    { figure: 'packets lost', value: after.lostPackets - before.lostPackets, unit: '' },
    { figure: 'packets late', value: after.latePackets - before.latePackets, unit: '' },
    { figure: 'jitter buffer’s target at the end', value: after.targetUs / 1000, unit: 'ms' },
  ];
}

/** From the end of an outage of the network to the first frame of sound that goes on. */
async function recoveryMs(path: ProbedPath, outageS: number): Promise<number> {
  path.network.become('outage');
  await sleep(outageS * 1000 - 500);
  await using ear = await MonitorEar.open(path.weir, 'up');
  await sleep(500);
  path.network.become('badWifi');
  const endMs = Number(process.hrtime.bigint()) / 1e6;
  await sleep(RECOVERY_MS);
  const levels = levelsOf(ear.samples());
  let heard = 0;
  for (const [frame, level] of levels.entries()) {
    const first = frame - BACK_FRAMES + 1;
    heard = level > STEPPING.lowLevel / 2 && (ear.mixedMs(first) ?? 0) > endMs ? heard + 1 : 0;
    if (heard > 0 && heard >= BACK_FRAMES) return (ear.mixedMs(first) ?? NaN) - endMs;
  }
  return Infinity;
}
