import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from './clients.js';
import { type Figure, median } from './figure.js';
import type { PulseServer } from './peers.js';
import { pssKib, usageOf } from './usage.js';

export const SETTLE_MS = 2000;

export interface ServerLoad {
  /** Percent of one processor. */
  readonly cpu: number;
  readonly switches: number;
  readonly pssMib: number;
}

export interface Load extends ServerLoad {
  /** Streams: a server that cannot have so many leaves the others silent, and so is spared the work. */
  readonly playing: number;
  /** Percent of one processor for each of those. */
  readonly cpuEach: number;
}

const KINDS = [
  ['playing', 'playing', 'streams'],
  ['CPU', 'cpu', '% of a core'],
  ['CPU for each that plays', 'cpuEach', '% of a core'],
  ['context switches', 'switches', '1/s'],
  ['PSS', 'pssMib', 'MiB'],
] as const;

export async function measureLoad(pids: readonly number[], seconds: number): Promise<ServerLoad> {
  const before = usageOf(pids);
  const startMs = performance.now();
  await sleep(seconds * 1000);
  const after = usageOf(pids);
  const passedMs = performance.now() - startMs;
  return {
    cpu: (after.cpuNs - before.cpuNs) / passedMs / 1e4,
    switches: ((after.contextSwitches - before.contextSwitches) / passedMs) * 1000,
    pssMib: pssKib(pids) / 1024,
  };
}

const wakeUpsOf = (pid: number): number => usageOf([pid]).contextSwitches;

/** The loads of one server, by number of streams. */
export class Loads {
  readonly #loads = new Map<number, Load[]>();

  constructor(readonly server: Pick<PulseServer, 'name' | 'pids'>) {}

  async add(count: number, seconds: number, start: () => Promise<Clients>): Promise<void> {
    await using clients = await start();
    await sleep(SETTLE_MS);
    const before = new Map(clients.pids.map((pid) => [pid, wakeUpsOf(pid)]));
    const load = await measureLoad(this.server.pids, seconds);
    // One that is left silent is never asked for more, and sleeps.
    const playing = clients.pids.filter((pid) => wakeUpsOf(pid) > (before.get(pid) ?? Infinity)).length;
    if (clients.pids.length === count)
      this.#loads.set(count, [...(this.#loads.get(count) ?? []), { ...load, playing, cpuEach: load.cpu / playing }]);
  }

  /** The median over the rounds; undefined where that number never played. */
  of(count: number, what: keyof Load): number | undefined {
    const loads = this.#loads.get(count);
    return loads && median(loads.map((load) => load[what]));
  }
}

/** One number of one server, to be judged beside that of a peer. */
export interface Judged {
  readonly what: keyof Load;
  readonly count: number;
  readonly value: number;
  readonly peer: string;
  readonly peerValue: number;
}

/** What Weir needed with each number of streams, beside every peer that can have so many. */
export function loadFigures(
  base: Pick<Figure, 'case'> & { readonly label?: string },
  counts: readonly number[],
  weir: Loads,
  others: readonly Loads[],
  targetOf: (judged: Judged) => Partial<Figure>,
): Figure[] {
  return KINDS.flatMap(([name, what, unit]) =>
    counts.flatMap((count): Figure[] => {
      const value = weir.of(count, what) ?? NaN;
      const figure = { case: base.case, figure: `${base.label ?? ''}${count} streams, ${name}`, value, unit, ok: true };
      const measured = others.flatMap((other) => {
        const peerValue = other.of(count, what);
        return peerValue === undefined ? [] : [{ peer: other.server.name, peerValue }];
      });
      if (measured.length === 0) return [figure];
      return measured.map((beside) => ({ ...figure, ...beside, ...targetOf({ what, count, value, ...beside }) }));
    }),
  );
}
