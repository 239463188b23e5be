import { type ChildProcess, execFile, spawn } from 'node:child_process';

/** The real launcher, as a person runs it. Tests run from the checkout's root. */
const LAUNCHER = 'server/cli/weir';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of weir to its end. */
export function runWeir(
  args: readonly string[],
  options: { input?: Uint8Array; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(LAUNCHER, args, { env: { ...process.env, ...options.env } }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
    // A command that fails early does not read its input.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}

/** A command of weir that goes on until it is told to stop. */
export function startWeir(args: readonly string[]): ChildProcess {
  return spawn(LAUNCHER, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Exit status of a child; -1 when a signal ended it. */
export function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? -1);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
}
