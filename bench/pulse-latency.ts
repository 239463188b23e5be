import { startServer } from '../e2e/server.js';
import type { BenchContext } from './context.js';
import type { Figure } from './figure.js';
import { contestLoops, overPulse } from './loop-contest.js';
import { pulseServerOf, TWO_OUTPUTS } from './peers.js';

const CASE = 'pulse-latency';
const SETTINGS_MS = [50, 20, 10, 5];

/** Every server by PulseAudio's library: one program, another PULSE_SERVER. */
export async function pulseLatency(context: BenchContext): Promise<Figure[]> {
  await using server = await startServer({ devices: TWO_OUTPUTS });
  const weir = overPulse(context.programs.path['pulse-latency'], pulseServerOf(server));
  return await contestLoops(CASE, SETTINGS_MS, weir, context);
}
