import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../native-shim/client/index.js';
import { startServer } from '../e2e/server.js';
import type { BenchContext } from './context.js';
import { Crowd } from './crowd.js';
import { atMost, below, type Figure, figuresOf, median } from './figure.js';
import { cpuNsOf } from './usage.js';

const CASE = 'speakers';
const figure = figuresOf(CASE);
const SPEAKERS = 100;
const PROCESSES = 4;
/** The jitter buffers have found their depth; the loop's delay is told of the last minute. */
const SETTLE_MS = 61_000;
const CPU_LIMIT_PERCENT = 80;

/** 100 clients that each send Opus of 20 ms, live, over WebSocket: what they cost, and what is heard of them. */
export async function speakers({ seconds, say }: BenchContext): Promise<Figure[]> {
  say(`${CASE}: ${SPEAKERS} speakers`);
  await using server = await startServer({ devices: ['null'], config: '[limits]\nclients = 256\n' });
  await using _crowd = await Crowd.gather('speaker-crowd.js', PROCESSES, server.url, SPEAKERS / PROCESSES);
  await sleep(SETTLE_MS);
  const weir = await connect({ socket: server.socket, name: 'bench' });
  const look = async () => {
    const state = await weir.snapshot();
    const jitter = state.streams.map((stream) => stream.jitter);
    const sum = (of: (one: (typeof jitter)[number]) => number) => jitter.map(of).reduce((a, b) => a + b, 0);
    return {
      atMs: performance.now(),
      cpuNs: cpuNsOf(server.pid),
      state,
      packets: sum(({ packets }) => packets),
      missed: sum(({ latePackets, lostPackets }) => latePackets + lostPackets),
      concealedFrames: sum(({ concealedFrames }) => concealedFrames),
      underruns: state.streams.reduce((total, { underruns }) => total + underruns, 0),
    };
  };
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  weir.close();
  const passedMs = after.atMs - before.atMs;
  const cpu = (after.cpuNs - before.cpuNs) / passedMs / 1e4;
  const { streams, health } = after.state;
  const concealed = (after.concealedFrames - before.concealedFrames) / (streams.length * 48 * passedMs);
  return [
    figure(`server with ${streams.length} speakers`, cpu, '% of a core', below(CPU_LIMIT_PERCENT, cpu)),
    figure('packets', (after.packets - before.packets) / (passedMs / 1000), 'a second'),
    figure('packets late or lost', after.missed - before.missed, ''),
    figure('sound that was made up', concealed * 100, '%', atMost(0.5, concealed * 100)),
    figure('underruns', after.underruns - before.underruns, ''),
    figure('jitter buffer, median', median(streams.map(({ jitter }) => jitter.targetUs / 1000)), 'ms'),
    figure('main loop late, p99.9', health.loopDelayP999Us / 1000, 'ms'),
  ];
}
