import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../native-shim/client/index.js';
import { startServer } from '../e2e/server.js';
import type { BenchContext } from './context.js';
import { weirClients } from './clients.js';
import { Crowd } from './crowd.js';
import { below, type Figure, figuresOf, quantile } from './figure.js';
import type { CrowdReport } from './listener-crowd.js';
import { cpuNsOf } from './usage.js';

const CASE = 'listeners';
const figure = figuresOf(CASE);
const LISTENERS = 300;
const PROCESSES = 3;
const FRAME_MS = 20;
const PLAY_LATENCY_MS = 20;
const RATE = 48_000;
/** The loop's delay is told of the last minute: that in which all of them came must be over. */
const SETTLE_MS = 61_000;

const CPU_LIMIT_PERCENT = 60;
const GAP_LIMIT_MS = 2 * FRAME_MS;
/** Packets made for each packet that one encoder makes. */
const ONCE = 1.02;

/** What was heard since the last question, all processes together. */
async function heardBy(crowd: Crowd): Promise<CrowdReport> {
  const reports = (await crowd.ask('report')) as CrowdReport[]; // our own program's words
  const sum = (of: (report: CrowdReport) => number) => reports.map(of).reduce((a, b) => a + b, 0);
  return {
    packets: sum(({ packets }) => packets),
    bytes: sum(({ bytes }) => bytes),
    gapsMs: reports.flatMap(({ gapsMs }) => gapsMs),
    delaysMs: reports.flatMap(({ delaysMs }) => delaysMs),
    lostFrames: sum(({ lostFrames }) => lostFrames),
    ended: sum(({ ended }) => ended),
  };
}

/** 300 listeners of one monitor over WebSocket, by Opus of 20 ms: what they cost, how often each packet is made, how evenly it comes. */
export async function listeners({ programs, seconds, say }: BenchContext): Promise<Figure[]> {
  say(`${CASE}: ${LISTENERS} listeners`);
  await using server = await startServer({ devices: ['null'], config: '[limits]\nclients = 512\n' });
  await using _playing = await weirClients(programs.path['weir-load'], server.socket, {
    count: 1,
    latencyMs: PLAY_LATENCY_MS,
    rate: RATE,
  });
  await using crowd = await Crowd.gather(
    'listener-crowd.js',
    PROCESSES,
    server.url,
    LISTENERS / PROCESSES,
    FRAME_MS * 1000,
  );
  await sleep(SETTLE_MS);

  const weir = await connect({ socket: server.socket, name: 'bench' });
  const look = async () => ({
    atMs: performance.now(),
    cpuNs: cpuNsOf(server.pid),
    heard: await heardBy(crowd),
    health: (await weir.snapshot()).health,
  });
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  weir.close();
  const passedMs = after.atMs - before.atMs;
  const { gapsMs, delaysMs, packets, bytes, lostFrames, ended } = after.heard;
  const cpu = (after.cpuNs - before.cpuNs) / passedMs / 1e4;
  const perPacket = (after.health.feedPackets - before.health.feedPackets) / (passedMs / FRAME_MS);
  const gapMs = quantile(gapsMs, 0.99);
  return [
    figure(`server with ${LISTENERS} listeners`, cpu, '% of a core', below(CPU_LIMIT_PERCENT, cpu)),
    figure('packets made for each that is heard', perPacket, '', { target: '1', ok: perPacket < ONCE }),
    figure('gap between packets, p99', gapMs, 'ms', below(GAP_LIMIT_MS, gapMs)),
    figure('gap between packets, largest', quantile(gapsMs, 1), 'ms'),
    figure('mixed to received, median (20 of it are the packet)', quantile(delaysMs, 0.5), 'ms'),
    figure('mixed to received, p99', quantile(delaysMs, 0.99), 'ms'),
    figure('packets lost', lostFrames / ((RATE * FRAME_MS) / 1000), '', {
      target: '0',
      ok: lostFrames === 0 && ended === 0,
    }),
    figure('packets heard', packets / (passedMs / 1000), 'a second'),
    figure('bandwidth of a listener, session bytes', (bytes * 8) / LISTENERS / passedMs, 'kbit/s'),
    figure('main loop late, p99.9', after.health.loopDelayP999Us / 1000, 'ms'),
  ];
}
