import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchContext } from './context.js';
import { type Figure, median } from './figure.js';
import { MachineWatch } from './machine-watch.js';
import type { PulseServer } from './peers.js';

const ROUNDS = 3;
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

/** One server, and the program that plays and hears clicks by it. */
export interface Contestant {
  readonly name: string;
  readonly program: string;
  /** Before the latency and the seconds. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export const overPulse = (program: string, { name, server }: PulseServer): Contestant => ({
  name,
  program,
  args: [],
  env: { PULSE_SERVER: server },
});

/** Undefined where the server cannot do that setting. */
async function runLoop({ program, args, env }: Contestant, settingUs: number, seconds: number) {
  try {
    const { stdout } = await runFile(program, [...args, String(settingUs), String(seconds)], {
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
export async function contestLoops(
  name: string,
  settingsMs: readonly number[],
  weir: Contestant,
  { programs, peers, seconds, say }: BenchContext,
): Promise<Figure[]> {
  const contestants = [weir, ...peers.map((peer) => overPulse(programs.path['pulse-latency'], peer))];
  const figures: Figure[] = [];
  for (const settingMs of settingsMs) {
    const loops = new Map<string, Loop[]>();
    let stalls = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      say(`${name}: ${settingMs} ms, round ${round} of ${ROUNDS}`);
      for (const contestant of contestants) {
        // Longer ones than a server of that setting can bridge.
        await using watch = MachineWatch.start(programs, settingMs * BRIDGED);
        const loop = await runLoop(contestant, settingMs * 1000, seconds);
        if (contestant === weir) stalls += (await watch.stop()).any.length;
        if (loop) loops.set(contestant.name, [...(loops.get(contestant.name) ?? []), loop]);
      }
    }
    figures.push(...settingFigures(name, settingMs, loops, stalls));
  }
  return figures;
}

function settingFigures(
  name: string,
  settingMs: number,
  loops: ReadonlyMap<string, readonly Loop[]>,
  stalls: number,
): Figure[] {
  const of = (server: string, what: 'medianMs' | 'p95Ms') =>
    median((loops.get(server) ?? []).map((loop) => loop[what]));
  const gapsOf = (server: string) => loops.get(server)?.reduce((sum, { gaps, lost }) => sum + gaps + lost, 0) ?? NaN;
  const realtime = (loops.get('Weir') ?? []).every((loop) => loop.realtime) ? ', real time' : '';
  const label = `${settingMs} ms${realtime}`;
  const base = { case: name, ok: true };
  return [...loops.keys()]
    .filter((server) => server !== 'Weir')
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
