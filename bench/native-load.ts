import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../e2e/server.js';
import type { BenchContext } from './context.js';
import { pacatClients, weirClients } from './clients.js';
import type { Figure } from './figure.js';
import { type Judged, loadFigures, Loads, measureLoad, type ServerLoad, SETTLE_MS } from './load.js';

const CASE = 'native-load';
const COUNTS = [1, 16, 64, 256];
/** PulseAudio and pipewire-pulse accept no more connections. */
const PEER_COUNT_LIMIT = 64;
const LATENCY_MS = 20;
const RATE = 48_000;
const ROUNDS = 3;

/** Targets. */
const SHARE_OF_PULSEAUDIO = 0.25;
const PSS_LIMIT_MIB = 150;
const JUDGED_COUNT = 64;
/** An increment of this much, and the stream's pool. */
const INCREMENT_LIMIT_KIB = 64;
/** 16384 frames of s16 stereo, a control and a status page. */
const POOL_KIB = 64 + 8;
/** Between these the increment is told from the noise of JavaScript's own heap. */
const FEW = 16;
const MANY = 256;
/** A cost this much higher than at the number before still counts as flat. */
const NOISE = 1.15;

/** Server CPU, context switches and memory under 1 to 256 playing programs, beside the peers in the same rounds. */
export async function nativeLoad({ programs, peers, seconds, say }: BenchContext): Promise<Figure[]> {
  await using server = await startServer({ devices: ['null'], config: '[limits]\nclients = 512\n' });
  await sleep(SETTLE_MS);
  const empty = await measureLoad([server.pid], seconds);
  const weir = new Loads({ name: 'Weir', pids: [server.pid] });
  const others = peers.map((peer) => ({ peer, loads: new Loads(peer) }));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const count of COUNTS) {
      const options = { count, latencyMs: LATENCY_MS, rate: RATE };
      say(`${CASE}: ${count} streams, round ${round} of ${ROUNDS}`);
      await weir.add(count, seconds, () => weirClients(programs.path['weir-load'], server.socket, options));
      if (count > PEER_COUNT_LIMIT) continue;
      for (const { peer, loads } of others) await loads.add(count, seconds, () => pacatClients(peer, options));
    }
  }
  const emptyFigures = [
    figure('empty server, CPU', empty.cpu, '% of a core'),
    figure('empty server, PSS', empty.pssMib, 'MiB'),
  ];
  const beside = others.map(({ loads }) => loads);
  return [
    ...emptyFigures,
    ...loadFigures({ case: CASE }, COUNTS, weir, beside, targetOf),
    ...streamFigures(weir, empty),
  ];
}

function figure(name: string, value: number | undefined, unit: string, more: Partial<Figure> = {}): Figure {
  return { case: CASE, figure: name, value: value ?? NaN, unit, ok: true, ...more };
}

function targetOf({ what, count, value, peer, peerValue }: Judged): Partial<Figure> {
  if (count !== JUDGED_COUNT || peer !== 'PulseAudio') return {};
  if (what === 'cpu')
    return { target: `≤ ${SHARE_OF_PULSEAUDIO} × PulseAudio`, ok: value <= SHARE_OF_PULSEAUDIO * peerValue };
  if (what === 'pssMib') return { target: `< ${PSS_LIMIT_MIB} MiB`, ok: value < PSS_LIMIT_MIB };
  return {};
}

/** What one stream more costs, and whether that grows with their number. */
function streamFigures(weir: Loads, empty: ServerLoad): Figure[] {
  const cost = (count: number) => (weir.of(count, 'cpu') ?? NaN) / count;
  const costs = COUNTS.map(cost);
  const flat = costs.every((value, i) => i === 0 || value <= (costs[i - 1] ?? NaN) * NOISE);
  const pssMibAt = (count: number) => weir.of(count, 'pssMib') ?? NaN;
  const incrementKib = ((pssMibAt(MANY) - pssMibAt(FEW)) * 1024) / (MANY - FEW);
  const limitKib = INCREMENT_LIMIT_KIB + POOL_KIB;
  return [
    ...COUNTS.map((count, i) =>
      figure(
        `${count} streams, CPU a stream`,
        cost(count),
        '% of a core',
        i === COUNTS.length - 1 ? { target: 'flat or falling', ok: flat } : {},
      ),
    ),
    figure('first stream, its engine thread included, PSS', pssMibAt(1) - empty.pssMib, 'MiB'),
    figure('a stream more, PSS', incrementKib, 'KiB', {
      target: `≤ ${INCREMENT_LIMIT_KIB} KiB + pool (${POOL_KIB} KiB)`,
      ok: incrementKib <= limitKib,
    }),
  ];
}
