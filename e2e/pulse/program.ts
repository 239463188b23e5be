import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ProgramEnd } from '../native-program.js';
import type { Server } from '../server.js';

/** Where a PulseAudio program finds this server. */
export const pulseAddress = ({ folder }: Server): string => `unix:${join(folder, 'pulse.sock')}`;

function environment(server: Server, env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', ...env, PULSE_SERVER: pulseAddress(server) };
}

/** Runs one of Debian's programs to its end, as it is. */
export function runPulse(
  server: Server,
  program: string,
  args: readonly string[],
  { env = {}, timeoutMs = 30_000 }: { env?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const options = {
      encoding: 'buffer',
      timeout: timeoutMs,
      maxBuffer: 2 ** 26,
      env: environment(server, env),
    } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : (error.signal ?? error.code ?? -1);
      resolve({ status, stdout, stderr: stderr.toString() });
    });
  });
}

/** A program that goes on until it is disposed of. */
export interface Running extends AsyncDisposable {
  readonly process: ChildProcess;
  /** All that it wrote so far. */
  output(): Buffer;
}

export function startPulse(
  server: Server,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(program, args, { env: environment(server, env), stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
  return {
    process: child,
    output: () => Buffer.concat(pieces),
    [Symbol.asyncDispose]: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** What `pactl` says. */
export async function pactl(server: Server, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runPulse(server, 'pactl', args);
  if (status !== 0) throw new Error(`pactl ${args.join(' ')}: ${stderr.trim()}`);
  return stdout.toString();
}
