import type { MeterLevels, Weir } from '../../../native-shim/client/index.js';
import { type ServerOptions, withServer } from '../server-session.js';
import { type Status, statusJson, statusText } from '../status-text.js';

const METERS_HZ = 20;
/** Levels come only while something runs; a silent house does not keep anybody waiting. */
const METERS_WAIT_MS = 300;

export interface StatusFlags extends ServerOptions {
  readonly json?: boolean;
}

/** Prints devices, clients, streams, levels and latencies. */
export async function status(flags: StatusFlags): Promise<void> {
  const found = await withServer('weir status', flags, async (weir): Promise<Status> => {
    const state = await weir.snapshot();
    const levels = state.devices.some((device) => device.running) ? await levelsNow(weir) : NO_LEVELS;
    return { server: { name: weir.serverName, version: weir.serverVersion }, state, levels };
  });
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(statusJson(found), undefined, 2)}\n` : statusText(found),
  );
}

const NO_LEVELS: MeterLevels = { devices: new Map(), streams: new Map() };

/** The first levels span an unknown time, since whoever asked before us; the second ones are of now. */
async function levelsNow(weir: Weir): Promise<MeterLevels> {
  return new Promise<MeterLevels>((resolve, reject) => {
    let told = 0;
    setTimeout(() => resolve(NO_LEVELS), METERS_WAIT_MS).unref();
    weir.meters(METERS_HZ, (levels) => ++told > 1 && resolve(levels)).catch(reject);
  });
}
