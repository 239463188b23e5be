import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { startServer } from '../e2e/server.js';
import type { BenchContext } from './cases.js';
import { type Figure, median } from './figure.js';

const CASE = 'native-latency';
const SETTINGS_MS = [20, 10, 5, 2.7];
const ROUNDS = 3;
/** bench/c/click.h settles for so long. */
const CLICK_SETTLE_SECONDS = 2;
/** The part of its latency that a stream holds ready when the client is woken. */
const BRIDGED = 0.4;
/** Beside --seconds: starting, settling, a lost click. */
const SPARE_MS = 20_000;

const runFile = promisify(execFile);

/** What bench/c/click.h reports. */
const loopSchema = z.object({
  clicks: z.number(),
  lost: z.number(),
  gaps: z.number(),
  gapFrames: z.number(),
  underruns: z.number(),
  realtime: z.boolean(),
  medianMs: z.number(),
  p95Ms: z.number(),
  maxMs: z.number(),
});
type Loop = z.infer<typeof loopSchema>;

/** Times that this machine kept a bare real-time timer waiting longer than a server of that setting can bridge. */
async function countStalls(program: string, settingMs: number, seconds: number): Promise<number> {
  const { stdout } = await runFile(program, [String(Math.round(settingMs * BRIDGED * 1000)), String(seconds)]);
  return Number(stdout);
}

interface Contestant {
  readonly name: string;
  readonly run: (settingUs: number) => Promise<Loop | undefined>;
}

/** Undefined where the server cannot do that setting. */
async function runLoop(program: string, args: readonly string[], env: NodeJS.ProcessEnv, seconds: number) {
  try {
    const { stdout } = await runFile(program, [...args, String(seconds)], {
      env: { ...process.env, ...env },
      timeout: seconds * 1000 + SPARE_MS,
    });
    const loop = loopSchema.parse(JSON.parse(stdout));
    return loop.clicks > 0 ? loop : undefined;
  } catch {
    return undefined;
  }
}

/** Loop latency: a click is played and heard on the monitor, at the same setting for both directions and on every server. */
export async function nativeLatency({ programs, peers, seconds, say }: BenchContext): Promise<Figure[]> {
  await using server = await startServer({ devices: ['null'] });
  const contestants: Contestant[] = [
    { name: 'Weir', run: (us) => runLoop(programs.path['weir-latency'], [server.socket, String(us)], {}, seconds) },
    ...peers.map(({ name, server: address }) => ({
      name,
      run: (us: number) => runLoop(programs.path['pulse-latency'], [String(us)], { PULSE_SERVER: address }, seconds),
    })),
  ];
  const figures: Figure[] = [];
  for (const settingMs of SETTINGS_MS) {
    const loops = new Map<string, Loop[]>();
    let stalls = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      say(`${CASE}: ${settingMs} ms, round ${round} of ${ROUNDS}`);
      for (const { name, run } of contestants) {
        const [loop, stalled] = await Promise.all([
          run(settingMs * 1000),
          countStalls(programs.path.stalls, settingMs, seconds + CLICK_SETTLE_SECONDS),
        ]);
        if (name === 'Weir') stalls += stalled;
        if (loop) loops.set(name, [...(loops.get(name) ?? []), loop]);
      }
    }
    figures.push(...settingFigures(settingMs, loops, stalls));
  }
  return figures;
}

function settingFigures(settingMs: number, loops: ReadonlyMap<string, readonly Loop[]>, stalls: number): Figure[] {
  const of = (name: string, what: 'medianMs' | 'p95Ms') => median((loops.get(name) ?? []).map((loop) => loop[what]));
  const gapsOf = (name: string) => (loops.get(name) ?? []).reduce((sum, { gaps, lost }) => sum + gaps + lost, 0);
  const realtime = (loops.get('Weir') ?? []).every((loop) => loop.realtime) ? ', real time' : '';
  const label = `${settingMs} ms${realtime}`;
  const base = { case: CASE, ok: true };
  return [...loops.keys()]
    .filter((name) => name !== 'Weir')
    .flatMap((peer) => {
      const value = of('Weir', 'medianMs');
      const peerValue = of(peer, 'medianMs');
      const target = { target: '≤ PulseAudio', ok: value <= peerValue };
      // What the machine itself held up is no server's gap.
      const noGaps = { target: `0 (machine stalled ${stalls} times)`, ok: gapsOf('Weir') <= stalls };
      const judged = peer === 'PulseAudio';
      return [
        { ...base, figure: `${label}, median`, value, unit: 'ms', peer, peerValue, ...(judged ? target : {}) },
        {
          ...base,
          figure: `${label}, p95`,
          value: of('Weir', 'p95Ms'),
          unit: 'ms',
          peer,
          peerValue: of(peer, 'p95Ms'),
        },
        {
          ...base,
          figure: `${label}, gaps`,
          value: gapsOf('Weir'),
          unit: '',
          peer,
          peerValue: gapsOf(peer),
          ...(judged ? noGaps : {}),
        },
      ];
    });
}
