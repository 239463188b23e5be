import { readdirSync, readFileSync } from 'node:fs';

/** What processes have used since they started. */
export interface Usage {
  /** Of all their threads. */
  readonly cpuNs: number;
  readonly contextSwitches: number;
}

const readText = (file: string): string => readFileSync(file, 'utf8');

/** A thread may end between the listing and the reading: what it used is then lost. */
function threadUsage(folder: string): Usage {
  try {
    // Nanoseconds on a processor (Linux, Documentation/scheduler/sched-stats.rst): stat's ticks of 10 ms are too coarse.
    const cpuNs = Number(readText(`${folder}/schedstat`).split(' ')[0]);
    const switches = readText(`${folder}/status`).matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm);
    return { cpuNs, contextSwitches: Array.from(switches, (match) => Number(match[1])).reduce((a, b) => a + b, 0) };
  } catch {
    return { cpuNs: 0, contextSwitches: 0 };
  }
}

const TICK_NS = 1e7;

/** What a process has used since it started, its ended threads included; in ticks of 10 ms (proc(5), /proc/pid/stat). */
export function cpuNsOf(pid: number): number {
  // The program's name, in brackets, may hold anything.
  const fields = readText(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
}

export function usageOf(pids: readonly number[]): Usage {
  const threads = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`));
  return threads.map(threadUsage).reduce(
    (sum, one) => ({
      cpuNs: sum.cpuNs + one.cpuNs,
      contextSwitches: sum.contextSwitches + one.contextSwitches,
    }),
    { cpuNs: 0, contextSwitches: 0 },
  );
}

/** Memory with shared pages counted by their share (PSS), in KiB. */
export function pssKib(pids: readonly number[]): number {
  const one = (pid: number) => Number(/^Pss:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1] ?? NaN);
  return pids.map(one).reduce((a, b) => a + b, 0);
}
