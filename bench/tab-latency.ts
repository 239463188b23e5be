import { setTimeout as sleep } from 'node:timers/promises';
import { latenciesMs, stepsAsked, stepsMixed, stepsSent } from '../e2e/probe/latencies.js';
import { MonitorEar } from '../e2e/probe/monitor-ear.js';
import { heardBy, sentSteps } from '../e2e/probe/probe-page.js';
import { ProbedPath } from '../e2e/probe/probed-path.js';
import { dropoutsOf, RATE, STEPPING } from '../e2e/probe/quadrature.js';
import type { BenchContext } from './context.js';
import { atMost, type Figure, figuresOf, quantile } from './figure.js';

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
export async function tabToDevice({ seconds, say }: BenchContext): Promise<Figure[]> {
  const name = 'tab-to-device';
  const figure = figuresOf(name);
  say(`${name}: settling`);
  await using path = await ProbedPath.open({ carrier: 'webtransport', signal: SIGNAL });
  await path.speak({ purpose: 'talk' });
  await sleep(SETTLE_MS);
  const lasts = Math.max(seconds, LEAST_SECONDS);
  say(`${name}: ${lasts} s`);
  const before = await path.stream();
  const ear = await MonitorEar.open(path.weir, 'up');
  await sleep(lasts * 1000);
  const after = await path.stream();
  // What follows is work for the page and for this machine: no part of what is measured.
  await ear[Symbol.asyncDispose]();
  const latencies = latenciesMs(stepsSent(await sentSteps(path.page)), stepsMixed(ear, SIGNAL));
  const dropouts = dropoutsOf(SIGNAL, ear.samples());
  const [median, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return [
    figure('median', median, 'ms', atMost(CALLBACK_MS + 10, median)),
    figure('p99', p99, 'ms', atMost(CALLBACK_MS + 20, p99)),
    figure(`dropouts in ${lasts} s`, dropouts, '', atMost(0, dropouts)),
    figure('frames concealed', (after?.jitter.concealedFrames ?? NaN) - (before?.jitter.concealedFrames ?? NaN), ''),
    figure('jitter buffer’s target at the end', (after?.jitter.targetUs ?? NaN) / 1000, 'ms'),
    figure('steps measured', latencies.length, ''),
  ];
}

/** From a frame's mixing to the render quantum in which the page's loudspeaker is given it; over loopback, PCM. */
export async function deviceToTab({ seconds, say }: BenchContext): Promise<Figure[]> {
  const name = 'device-to-tab';
  const figure = figuresOf(name);
  const lasts = Math.min(Math.max(seconds, LEAST_SECONDS), MOST_HEARD_SECONDS);
  const figures: Figure[] = [];
  for (const purpose of ['talk', 'music'] as const) {
    say(`${name}: ${purpose}`);
    await using path = await ProbedPath.open({ carrier: 'webtransport', signal: SIGNAL });
    await path.listen({ purpose });
    await sleep(SETTLE_MS);
    await using ear = await MonitorEar.open(path.weir, 'down');
    await sleep(lasts * 1000);
    const { samples, askedMs } = await heardBy(path.page, (lasts - 1) * RATE);
    const latencies = latenciesMs(stepsMixed(ear, SIGNAL), stepsAsked({ samples, askedMs }, SIGNAL));
    const median = quantile(latencies, 0.5);
    const limit = purpose === 'talk' ? atMost(25, median) : undefined;
    const dropouts = dropoutsOf(SIGNAL, samples);
    figures.push(
      figure(`${purpose}, median`, median, 'ms', limit),
      figure(`${purpose}, p99`, quantile(latencies, 0.99), 'ms'),
      figure(`${purpose}, dropouts in ${lasts - 1} s`, dropouts, ''),
    );
  }
  return figures;
}
