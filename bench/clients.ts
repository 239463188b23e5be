import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PulseServer } from './peers.js';

const CONNECT_GAP_MS = 10;

/** Playing programs, each a process of its own. */
export class Clients implements AsyncDisposable {
  readonly #processes: ChildProcess[];

  private constructor(processes: ChildProcess[]) {
    this.#processes = processes;
  }

  /** Starts them one after the other, as nobody starts 256 programs at once. */
  static async start(
    count: number,
    command: string,
    argsOf: (index: number) => readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<Clients> {
    const processes: ChildProcess[] = [];
    for (let i = 0; i < count; i++) {
      processes.push(spawn(command, argsOf(i), { env: { ...process.env, ...env }, stdio: 'ignore' }));
      await sleep(CONNECT_GAP_MS);
    }
    return new Clients(processes);
  }

  get pids(): number[] {
    return this.#processes.flatMap(({ pid, exitCode }) => (pid === undefined || exitCode !== null ? [] : [pid]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ended = running.map((child) => new Promise((end) => child.once('exit', end)));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}

export interface LoadOptions {
  readonly count: number;
  readonly latencyMs: number;
  readonly rate: number;
}

/** Clients of Weir's C library, which make noise in place. */
export function weirClients(
  program: string,
  socket: string,
  { count, latencyMs, rate }: LoadOptions,
  env: NodeJS.ProcessEnv = {},
): Promise<Clients> {
  return Clients.start(count, program, () => [socket, String(latencyMs * 1000), String(rate)], env);
}

export interface PacatOptions extends LoadOptions {
  readonly format?: PacatFormat;
  /** Raw sound in that format; noise without end when left out. */
  readonly file?: string;
  /** 65536 is unity. */
  readonly volume?: number;
}

export type PacatFormat = 's16le' | 'float32le';

/** The same number of pacat, which read theirs from a file and share the server's sinks. */
export function pacatClients(
  { server, sinks }: Pick<PulseServer, 'server' | 'sinks'>,
  { count, latencyMs, rate, format = 's16le', file = '/dev/urandom', volume = 65536 }: PacatOptions,
  env: NodeJS.ProcessEnv = {},
): Promise<Clients> {
  const shape = [`--format=${format}`, '--channels=2', `--rate=${rate}`];
  const how = ['--playback', '--raw', ...shape, `--latency-msec=${latencyMs}`, `--volume=${volume}`];
  const argsOf = (index: number) => [...how, `--device=${sinks[index % sinks.length]}`, file];
  return Clients.start(count, 'pacat', argsOf, { ...env, PULSE_SERVER: server });
}
