import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramEnd } from '../native-program.js';
import type { Server } from '../server.js';

/** Added to a program's environment; undefined: taken out of it. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface ProgramOptions {
  readonly env?: Env;
  /** What it reads on stdin. */
  readonly input?: Uint8Array;
  readonly timeoutMs?: number;
}

/** What tells ALSA's programs to go by alsa-plugins' `pulse` (docs/pulse.md). */
const ASOUNDRC = 'pcm.!default pulse\nctl.!default pulse\n';

/** Where a PulseAudio program finds this server. */
export const pulseAddress = ({ folder }: Server): string => `unix:${join(folder, 'pulse.sock')}`;

/** HOME and XDG_RUNTIME_DIR of all programs that `server` is for. */
export const homeOf = ({ folder }: Server): string => join(folder, 'home');

/** A home of its own: nothing that the person who runs the tests has configured matters. */
export function environment(server: Server, env: Env = {}): NodeJS.ProcessEnv {
  const home = homeOf(server);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, '.asoundrc'), ASOUNDRC);
  const places = { HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_RUNTIME_DIR: home };
  return { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...places, PULSE_SERVER: pulseAddress(server), ...env };
}

/** Runs one of Debian's programs to its end, as it is. */
export function runPulse(
  server: Server,
  program: string,
  args: readonly string[],
  { env = {}, input, timeoutMs = 30_000 }: ProgramOptions = {},
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const options = {
      encoding: 'buffer',
      timeout: timeoutMs,
      maxBuffer: 2 ** 26,
      env: environment(server, env),
    } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : (error.signal ?? error.code ?? -1);
      resolve({ status, stdout, stderr: stderr.toString() });
    });
    // A program that fails early does not read its input.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** The same where it must succeed: what it wrote. */
export async function outputOf(
  server: Server,
  program: string,
  args: readonly string[],
  options?: ProgramOptions,
): Promise<string> {
  const { status, stdout, stderr } = await runPulse(server, program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr.trim()}`);
  return stdout.toString();
}

/** A program that goes on until it is disposed of. */
export interface Running extends AsyncDisposable {
  readonly process: ChildProcess;
  /** All that it wrote so far. */
  output(): Buffer;
}

export function startPulse(server: Server, program: string, args: readonly string[], env: Env = {}): Running {
  const child = spawn(program, args, { env: environment(server, env), stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  // Read, or it would wait for that.
  child.stderr.resume();
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
export function pactl(server: Server, ...args: string[]): Promise<string> {
  return outputOf(server, 'pactl', args);
}

/** What is the same in all that pactl lists, and what some of it has. */
export interface Listed {
  readonly index: number;
  readonly name?: string;
  readonly client?: string;
  readonly sink?: number;
  readonly source?: number;
  readonly mute?: boolean;
  readonly corked?: boolean;
  readonly volume?: Readonly<Record<string, { readonly value_percent: string }>>;
  readonly properties: Env;
}

/** What `pactl list KIND` says to scripts. */
export async function listed(server: Server, kind: string): Promise<readonly Listed[]> {
  return JSON.parse(await pactl(server, '--format=json', 'list', kind)) as Listed[]; // the fields that tests look at
}
