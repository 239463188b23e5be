import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIBRARIES = join(ROOT, 'dist/native-shim');
const WEIR = [
  `-I${ROOT}native-shim/client/c`,
  `-L${LIBRARIES}`,
  `-Wl,-rpath,${LIBRARIES}`,
  '-lweir-client',
  '-pthread',
];
const PULSE = ['-lpulse'];
const PRELOADED = ['-shared', '-fPIC', '-fno-builtin', '-fno-tree-loop-distribute-patterns', '-ldl'];

const LINKED_WITH = {
  'weir-load': WEIR,
  'weir-latency': WEIR,
  'pulse-latency': PULSE,
  'count-copies': PRELOADED,
  standstills: ['-pthread'],
} as const;

export type ProgramName = keyof typeof LINKED_WITH;
const NAMES = Object.keys(LINKED_WITH) as ProgramName[]; // the keys of the object above

/** The bench's own C programs, compiled for this run into a folder that the caller removes. */
export interface Programs {
  readonly folder: string;
  readonly path: Readonly<Record<ProgramName, string>>;
}

export function compilePrograms(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const compile = (name: ProgramName): [ProgramName, string] => {
    const output = join(folder, name);
    const source = join(ROOT, 'bench/c', `${name}.c`);
    execFileSync('cc', ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-o', output, source, ...LINKED_WITH[name]]);
    return [name, output];
  };
  return { folder, path: Object.fromEntries(NAMES.map(compile)) as Record<ProgramName, string> };
}
