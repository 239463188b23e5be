import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '../native-shim/client/index.js';
import { startServer } from '../e2e/server.js';
import type { BenchContext } from './cases.js';
import { wordOf } from './child-word.js';
import { weirClients } from './clients.js';
import { type Figure, quantile } from './figure.js';
import type { CrowdReport } from './listener-crowd.js';
import { cpuNsOf } from './usage.js';

const CASE = 'listeners';
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

class Crowd implements AsyncDisposable {
  readonly #processes: readonly ChildProcess[];

  static async gather(url: string): Promise<Crowd> {
    const program = fileURLToPath(new URL('listener-crowd.js', import.meta.url));
    const args = [`${url.replace('http', 'ws')}/ws`, String(LISTENERS / PROCESSES), String(FRAME_MS * 1000)];
    const processes = Array.from({ length: PROCESSES }, () => fork(program, args, { serialization: 'advanced' }));
    const crowd = new Crowd(processes);
    await Promise.all(processes.map(wordOf));
    return crowd;
  }

  private constructor(processes: readonly ChildProcess[]) {
    this.#processes = processes;
  }

  /** What was heard since the last question, all processes together. */
  async heard(): Promise<CrowdReport> {
    const reports = await Promise.all(
      this.#processes.map(async (child) => {
        const answer = wordOf(child);
        child.send('report');
        return (await answer) as CrowdReport; // our own program's words
      }),
    );
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

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#processes.map((child) => once(child, 'exit'));
    for (const child of this.#processes) child.kill('SIGKILL');
    await Promise.all(ended);
  }
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
  await using crowd = await Crowd.gather(server.url);
  await sleep(SETTLE_MS);

  const weir = await connect({ socket: server.socket, name: 'bench' });
  const look = async () => ({
    atMs: performance.now(),
    cpuNs: cpuNsOf(server.pid),
    heard: await crowd.heard(),
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
  const figure = (name: string, value: number, unit: string, target?: string, ok = true): Figure => ({
    case: CASE,
    figure: name,
    value,
    unit,
    ...(target === undefined ? {} : { target }),
    ok,
  });
  return [
    figure(`server with ${LISTENERS} listeners`, cpu, '% of a core', `< ${CPU_LIMIT_PERCENT}`, cpu < CPU_LIMIT_PERCENT),
    figure('packets made for each that is heard', perPacket, '', '1', perPacket < ONCE),
    figure('gap between packets, p99', gapMs, 'ms', `< ${GAP_LIMIT_MS}`, gapMs < GAP_LIMIT_MS),
    figure('gap between packets, largest', quantile(gapsMs, 1), 'ms'),
    figure('mixed to received, median (20 of it are the packet)', quantile(delaysMs, 0.5), 'ms'),
    figure('mixed to received, p99', quantile(delaysMs, 0.99), 'ms'),
    figure('packets lost', lostFrames / ((RATE * FRAME_MS) / 1000), '', '0', lostFrames === 0 && ended === 0),
    figure('packets heard', packets / (passedMs / 1000), 'a second'),
    figure('bandwidth of a listener, session bytes', (bytes * 8) / LISTENERS / passedMs, 'kbit/s'),
    figure('main loop late, p99.9', after.health.loopDelayP999Us / 1000, 'ms'),
  ];
}
