import { startServer } from '../e2e/server.js';
import type { BenchContext } from './context.js';
import type { Figure } from './figure.js';
import { contestLoops } from './loop-contest.js';

const CASE = 'native-latency';
const SETTINGS_MS = [20, 10, 5, 2.7];

/** Weir by its own library, its peers by PulseAudio's. */
export async function nativeLatency(context: BenchContext): Promise<Figure[]> {
  await using server = await startServer({ devices: ['null'] });
  const weir = { name: 'Weir', program: context.programs.path['weir-latency'], args: [server.socket], env: {} };
  return await contestLoops(CASE, SETTINGS_MS, weir, context);
}
