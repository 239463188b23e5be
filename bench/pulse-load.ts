import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../native-shim/client/index.js';
import { startServer } from '../e2e/server.js';
import type { BenchContext } from './context.js';
import { pacatClients, type PacatFormat } from './clients.js';
import type { Figure } from './figure.js';
import { type Judged, loadFigures, Loads, SETTLE_MS } from './load.js';
import { pulseServerOf, startPulseAudio, TWO_OUTPUTS } from './peers.js';

const CASE = 'pulse-load';
const COUNTS = [1, 16, 64];
const LATENCY_MS = 20;
const CHANNELS = 2;
const ROUNDS = 3;
/** −18 dB: each stream is scaled, and 64 of them do not add up to nothing but clipping. */
const VOLUME = 32_768;
/** Starting 64 programs, and a machine that is busy. */
const SPARE_SECONDS = 5;

/** Targets. */
const JUDGED_COUNT = 64;
const PSS_LIMIT_MIB = 180;

interface Shape {
  readonly format: PacatFormat;
  readonly rate: number;
}

const SHAPES: readonly Shape[] = [
  { format: 's16le', rate: 48_000 },
  { format: 's16le', rate: 44_100 },
  { format: 'float32le', rate: 48_000 },
  { format: 'float32le', rate: 44_100 },
];

/** A file of noise at half of full scale, `seconds` long. */
function makeNoise(folder: string, { format, rate }: Shape, seconds: number): string {
  const samples = Math.ceil(seconds * rate) * CHANNELS;
  const noise = format === 's16le' ? new Int16Array(samples) : new Float32Array(samples);
  const level = format === 's16le' ? 32_767 : 1;
  for (let i = 0; i < samples; i++) noise[i] = (Math.random() - 0.5) * level;
  const file = join(folder, `${format}-${rate}.raw`);
  writeFileSync(file, noise);
  return file;
}

/** CPU, context switches and memory of Weir under unmodified programs, and of its peers under the same ones in the same rounds. */
export async function pulseLoad({ peers, ...context }: BenchContext): Promise<Figure[]> {
  await using calm = await startPulseAudio({}, 'PulseAudio without real-time');
  const all = calm ? [...peers, calm] : peers;
  const figures: Figure[] = [];
  for (const shape of SHAPES) figures.push(...(await shapeFigures(shape, { ...context, peers: all })));
  return figures;
}

async function shapeFigures(shape: Shape, { programs, peers, seconds, say }: BenchContext): Promise<Figure[]> {
  await using server = await startServer({ devices: TWO_OUTPUTS });
  const file = makeNoise(programs.folder, shape, seconds + SETTLE_MS / 1000 + SPARE_SECONDS);
  const contest = [pulseServerOf(server), ...peers].map((of) => ({ of, loads: new Loads(of) }));
  const lateMs: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const count of COUNTS) {
      say(`${CASE}: ${shape.format} at ${shape.rate}, ${count} programs, round ${round} of ${ROUNDS}`);
      const options = { ...shape, count, latencyMs: LATENCY_MS, volume: VOLUME, file };
      for (const { of, loads } of contest) await loads.add(count, seconds, () => pacatClients(of, options));
    }
    lateMs.push(await loopLateMs(server.socket));
  }
  const label = `${shape.format} ${shape.rate}, `;
  const [weir, ...others] = contest.map(({ loads }) => loads);
  return [
    ...(weir ? loadFigures({ case: CASE, label }, COUNTS, weir, others, targetOf) : []),
    {
      case: CASE,
      figure: `${label}main loop late, p99.9 of the worst ten seconds`,
      value: Math.max(...lateMs),
      unit: 'ms',
      ok: true,
    },
  ];
}

/** As `weir status` shows it: of the last minute, in which the programs also came and went. */
async function loopLateMs(socket: string): Promise<number> {
  const weir = await connect({ socket, name: 'bench' });
  const { health } = await weir.snapshot();
  weir.close();
  return health.loopDelayP999Us / 1000;
}

function targetOf({ what, count, value, peer, peerValue }: Judged): Partial<Figure> {
  if (what === 'playing') return { target: 'all', ok: value === count };
  if (count !== JUDGED_COUNT) return {};
  if (what === 'cpuEach' && peer.startsWith('PulseAudio')) return { target: '≤ PulseAudio', ok: value <= peerValue };
  if (what === 'cpuEach' && peer === 'PipeWire') return { target: '< PipeWire / 2', ok: value < peerValue / 2 };
  if (what === 'pssMib') return { target: `< ${PSS_LIMIT_MIB} MiB`, ok: value < PSS_LIMIT_MIB };
  return {};
}
