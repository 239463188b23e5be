import { setTimeout as sleep } from 'node:timers/promises';
import { latenciesMs, monotonicOf, stepsAsked, stepsMixed, stepsSent } from '../e2e/probe/latencies.js';
import { MonitorEar } from '../e2e/probe/monitor-ear.js';
import { heardBy, sentSteps } from '../e2e/probe/probe-page.js';
import { ProbedPath } from '../e2e/probe/probed-path.js';
import { dropoutsOf, RATE, STEPPING } from '../e2e/probe/quadrature.js';
import type { BenchContext } from './context.js';
import { dropoutFigures, OUTPUT_XRUNS } from './dropouts.js';
import { atMost, type Figure, figuresOf, quantile } from './figure.js';
import { type Counts, Journal } from './journal.js';
import { MachineWatch } from './machine-watch.js';

/** 11 steps a second, each at another place of the browser's bursts of four render quanta. */
const SIGNAL = { ...STEPPING, stepFrames: 33 * 128 };
/** The browser calls for sound this often. */
const CALLBACK_MS = 10;
/** What a new page has to do at first is over then, and the jitter buffer has found its depth. */
const SETTLE_MS = 30_000;
const LEAST_SECONDS = 20;
/** The page keeps no more. */
const MOST_HEARD_SECONDS = 40;

/** From the process() call that holds a frame to that frame's mixing for the device; over loopback, PCM, talk. */
export async function tabToDevice({ seconds, programs, say }: BenchContext): Promise<Figure[]> {
  const name = 'tab-to-device';
  const figure = figuresOf(name);
  say(`${name}: settling`);
  await using path = await ProbedPath.open({ carrier: 'webtransport', signal: SIGNAL });
  await path.speak({ purpose: 'talk' });
  await sleep(SETTLE_MS);
  const lasts = Math.max(seconds, LEAST_SECONDS);
  say(`${name}: ${lasts} s`);
  await using watch = MachineWatch.start(programs);
  const ear = await MonitorEar.open(path.weir, 'up');
  const journal = await Journal.keep(() => countsUp(path, ear), lasts);
  // What follows is work for the page and for this machine: no part of what is measured.
  await ear[Symbol.asyncDispose]();
  const standstills = await watch.stop();
  const { targetUs } = await path.jitter();
  const latencies = latenciesMs(stepsSent(await sentSteps(path.page)), stepsMixed(ear, SIGNAL));
  const dropouts = dropoutsOf(SIGNAL, ear.samples()).map((one) => ({ ...one, atMs: ear.mixedMs(one.frame) ?? NaN }));
  const [median, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return [
    figure('median', median, 'ms', atMost(CALLBACK_MS + 10, median)),
    figure('p99', p99, 'ms', atMost(CALLBACK_MS + 20, p99)),
    ...dropoutFigures({ name, dropouts, seconds: lasts, journal, standstills, say }),
    figure('frames concealed', journal.whole['frames concealed'] ?? 0, ''),
    figure('jitter buffer’s target at the end', targetUs / 1000, 'ms'),
    figure('steps measured', latencies.length, ''),
  ];
}

/** Whatever a frame may be lost to on its way from the page to the ear. */
async function countsUp({ weir }: ProbedPath, ear: MonitorEar): Promise<Counts> {
  const { streams, devices } = await weir.snapshot();
  const stream = streams.find(({ direction, transport }) => direction === 'playback' && transport === 'copies');
  return {
    'packets late': stream?.jitter.latePackets ?? 0,
    'packets lost': stream?.jitter.lostPackets ?? 0,
    'frames concealed': stream?.jitter.concealedFrames ?? 0,
    'frames skipped': stream?.jitter.skippedFrames ?? 0,
    'frames starved': stream?.starvedFrames ?? 0,
    'frames dropped': stream?.droppedFrames ?? 0,
    [OUTPUT_XRUNS]: devices.find((device) => device.name === 'up')?.xruns ?? 0,
    'frames that the bench missed': ear.lostFrames,
  };
}

/** From a frame's mixing to the render quantum in which the page's loudspeaker is given it; over loopback, PCM. */
export async function deviceToTab({ seconds, programs, say }: BenchContext): Promise<Figure[]> {
  const name = 'device-to-tab';
  const figure = figuresOf(name);
  const lasts = Math.min(Math.max(seconds, LEAST_SECONDS), MOST_HEARD_SECONDS);
  const figures: Figure[] = [];
  for (const purpose of ['talk', 'music'] as const) {
    say(`${name}: ${purpose}`);
    await using path = await ProbedPath.open({ carrier: 'webtransport', signal: SIGNAL });
    await path.listen({ purpose });
    await sleep(SETTLE_MS);
    await using watch = MachineWatch.start(programs);
    await using ear = await MonitorEar.open(path.weir, 'down');
    const journal = await Journal.keep(() => countsDown(path), lasts);
    const standstills = await watch.stop();
    const { samples, askedMs } = await heardBy(path.page, (lasts - 1) * RATE);
    const latencies = latenciesMs(stepsMixed(ear, SIGNAL), stepsAsked({ samples, askedMs }, SIGNAL));
    const median = quantile(latencies, 0.5);
    const limit = purpose === 'talk' ? atMost(25, median) : undefined;
    const heardMs = ({ frame }: { frame: number }) => monotonicOf(askedMs(frame));
    const dropouts = dropoutsOf(SIGNAL, samples).map((one) => ({ ...one, atMs: heardMs(one) }));
    figures.push(
      figure(`${purpose}, median`, median, 'ms', limit),
      figure(`${purpose}, p99`, quantile(latencies, 0.99), 'ms'),
      ...dropoutFigures({ name, purpose, dropouts, seconds: lasts - 1, journal, standstills, say }),
    );
  }
  return figures;
}

/** The same on the way to the page's loudspeaker. */
async function countsDown(path: ProbedPath): Promise<Counts> {
  const { devices } = await path.weir.snapshot();
  const { listen } = await path.stats();
  return {
    'frames concealed': listen.concealedFrames,
    'frames lost': listen.lostFrames,
    'frames skipped': listen.skippedFrames,
    'frames dropped': listen.droppedFrames,
    'times that the sound ran out': listen.underruns,
    [OUTPUT_XRUNS]: devices.find((device) => device.name === 'down')?.xruns ?? 0,
  };
}
