import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The real launcher, as a person runs it. Tests run from the checkout's root. */
const LAUNCHER = 'server/cli/weir';
const READY_MS = 10_000;

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

export interface ServerProcess {
  readonly socket: string;
  readonly url: string;
  /** A folder of its own, gone with the server. */
  readonly dir: string;
  readonly child: ChildProcess;
  /** Ends it by SIGTERM; its exit status. */
  stop(): Promise<number>;
}

/** A server of its own in a new folder; `%` in a device spec is that folder. */
export async function startServer(devices: readonly string[]): Promise<ServerProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
  const specs = devices.flatMap((device) => ['--device', device.replace('%', dir)]);
  const args = [
    'serve',
    '--runtime-dir',
    join(dir, 'run'),
    '--state-dir',
    join(dir, 'state'),
    '--listen',
    '127.0.0.1:0',
  ];
  const child = spawn(LAUNCHER, [...args, ...specs], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await readyUrl(child);
  return {
    socket: join(dir, 'run', 'weir.sock'),
    url,
    dir,
    child,
    async stop() {
      child.kill('SIGTERM');
      const status = await exitOf(child);
      rmSync(dir, { recursive: true, force: true });
      return status;
    },
  };
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('no standard output');
    const late = setTimeout(() => reject(new Error(`no "weir ready" within ${READY_MS} ms`)), READY_MS);
    child.once('exit', (code) => reject(new Error(`weir serve ended with ${code}`)));
    createInterface(child.stdout).on('line', (line) => {
      const url = /^weir ready (\S+)$/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(late);
      resolve(url);
    });
  });
}
