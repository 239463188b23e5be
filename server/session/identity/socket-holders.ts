import { readdirSync } from 'node:fs';
import type { IdentityLimits } from './limits.js';
import { ProcessHandle, programOf } from './process-handle.js';
import { type Sandbox, sandboxOf } from './sandbox.js';

/** A process that has a socket open, and what was found of it while it had. */
export interface Holder {
  readonly inode: number;
  readonly pid: number;
  readonly program?: string;
  readonly sandbox?: Sandbox;
}

/**
 * Every process of user `uid` that has one of the sockets open; undefined when the limits ended the search early, for
 * then a holder may be missing. One that may not be read (not dumpable, of more rights than ours) is not found.
 */
export function findHolders(
  inodes: ReadonlySet<number>,
  uid: number,
  procRoot: string,
  limits: IdentityLimits,
): Holder[] | undefined {
  const wanted = new Map(Array.from(inodes, (inode) => [`socket:[${inode}]`, inode]));
  const holders: Holder[] = [];
  let processes = 0;
  let descriptors = 0;
  for (const name of readdirSync(procRoot)) {
    if (!/^\d+$/.test(name)) continue;
    const seen = searchProcess(Number(name), uid, procRoot, wanted);
    if (!seen) continue;
    processes += 1;
    descriptors += seen.descriptors;
    holders.push(...seen.holders);
    if (processes > limits.processes || descriptors > limits.descriptors) return undefined;
  }
  return holders;
}

interface Searched {
  readonly descriptors: number;
  readonly holders: readonly Holder[];
}

/** Undefined: not of this user, not readable, or gone. */
function searchProcess(
  pid: number,
  uid: number,
  procRoot: string,
  wanted: ReadonlyMap<string, number>,
): Searched | undefined {
  try {
    using process = new ProcessHandle(pid, procRoot);
    if (process.uid() !== uid) return undefined;
    const descriptors = process.descriptors();
    const holders: Holder[] = [];
    for (const descriptor of descriptors) {
      const inode = wanted.get(targetOf(process, descriptor));
      if (inode === undefined) continue;
      const sandbox = sandboxOf(process);
      holders.push({ inode, pid, program: programOf(process), sandbox });
    }
    return { descriptors: descriptors.length, holders };
  } catch {
    return undefined;
  }
}

/** Empty for a descriptor that was closed meanwhile. */
function targetOf(process: ProcessHandle, descriptor: string): string {
  try {
    return process.link(`fd/${descriptor}`);
  } catch {
    return '';
  }
}
