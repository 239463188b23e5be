import { execFile, execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = 'e2e/c/native-program.c';
const LIBRARY = 'native-shim/client/c';
const BUILT = 'dist/native-shim';

export interface ProgramEnd {
  /** Exit status; a signal's name where one ended it. */
  readonly status: number | string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Compiles e2e/c/native-program.c into `folder` as a stranger would: against the header and the built library. */
export function compileProgram(folder: string): string {
  const program = join(folder, 'native-program');
  const linking = [`-L${BUILT}`, `-Wl,-rpath,${process.cwd()}/${BUILT}`, '-lweir-client'];
  execFileSync('cc', ['-std=c11', '-Wall', '-Wextra', '-Werror', `-I${LIBRARY}`, '-o', program, SOURCE, ...linking]);
  return program;
}

/** The same together with the library's sources, watched for every access out of bounds and undefined behaviour. */
export function compileWatchedProgram(folder: string): string {
  const program = join(folder, 'watched-program');
  const files = readdirSync(LIBRARY).filter((file) => file.endsWith('.c'));
  const watched = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const sources = [SOURCE, ...files.map((file) => join(LIBRARY, file))];
  execFileSync('cc', ['-std=gnu11', `-I${LIBRARY}`, ...watched, '-o', program, ...sources]);
  return program;
}

/** Compiles e2e/c/pulse-program.c into `folder`, against PulseAudio's own library. */
export function compilePulseProgram(folder: string): string {
  const program = join(folder, 'pulse-program');
  const flags = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];
  execFileSync('cc', [...flags, '-o', program, 'e2e/c/pulse-program.c', '-lpulse']);
  return program;
}

export function runProgram(program: string, args: readonly string[], timeoutMs = 30_000): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const options = { encoding: 'buffer', timeout: timeoutMs, maxBuffer: 2 ** 26 } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : (error.signal ?? error.code ?? -1);
      resolve({ status, stdout, stderr: stderr.toString() });
    });
  });
}
