import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../e2e/server.js';

const START_LIMIT_MS = 15_000;

/** PulseAudio mixes 32 streams of a sink and leaves the others silent (16.1, MAX_MIX_CHANNELS): for 64 it needs two. */
const TWO_SINKS = ['null', 'two'] as const;
/** The same as outputs of Weir's. */
export const TWO_OUTPUTS: readonly string[] = ['null', 'null:two'];
/** With two PipeWire 0.3.65 leaves many more of 64 streams silent than with one. */
const ONE_SINK = ['null'] as const;

/** Whatever programs of PulseAudio's protocol can play through. */
export interface PulseServer {
  readonly name: string;
  /** For PULSE_SERVER. */
  readonly server: string;
  /** The first one is its default. */
  readonly sinks: readonly string[];
  readonly pids: readonly number[];
}

/** A private server with 48 kHz stereo null sinks. */
export interface Peer extends PulseServer, AsyncDisposable {}

/** Weir, started with TWO_OUTPUTS, as its peers are. */
export function pulseServerOf({ folder, pid }: Server): PulseServer {
  return { name: 'Weir', server: `unix:${join(folder, 'pulse.sock')}`, sinks: TWO_SINKS, pids: [pid] };
}

const isInstalled = (...commands: string[]): boolean =>
  commands.every((command) =>
    (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command))),
  );

/** A server in folders of its own, so that it neither finds nor disturbs the one of this user. */
class PrivateServer implements Peer {
  readonly server: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'weir-bench-peer-'));
  readonly #socket: string;
  readonly #processes: ChildProcess[] = [];
  readonly #env: NodeJS.ProcessEnv;

  constructor(
    readonly name: string,
    readonly sinks: readonly string[],
    socketName: string,
    env: NodeJS.ProcessEnv = {},
  ) {
    this.#socket = join(this.#folder, socketName);
    this.server = `unix:${this.#socket}`;
    const own = { HOME: this.#folder, XDG_RUNTIME_DIR: this.#folder, PIPEWIRE_RUNTIME_DIR: this.#folder };
    const config = { XDG_CONFIG_HOME: join(this.#folder, 'config'), XDG_STATE_HOME: join(this.#folder, 'state') };
    this.#env = { ...process.env, ...env, ...own, ...config, DISPLAY: '', PULSE_SERVER: this.server };
    delete this.#env['DBUS_SESSION_BUS_ADDRESS'];
  }

  get socket(): string {
    return this.#socket;
  }

  get pids(): number[] {
    return this.#processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  writeConfig(path: string, text: string): void {
    const file = join(this.#folder, 'config', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }

  run(command: string, ...args: string[]): void {
    this.#processes.push(spawn(command, args, { env: this.#env, stdio: 'ignore' }));
  }

  ask(...args: string[]): void {
    execFileSync('pactl', args, { env: this.#env, stdio: 'ignore', timeout: 2000 });
  }

  async answers(): Promise<void> {
    for (const end = performance.now() + START_LIMIT_MS; ; await sleep(100)) {
      try {
        return this.ask('info');
      } catch (error) {
        if (performance.now() > end) throw new Error(`${this.name} does not answer`, { cause: error });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ended = running.map((child) => new Promise((end) => child.once('exit', end)));
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(ended);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** How PulseAudio is scheduled: as it ships, or as any other program, which wakes it less often and costs less. */
const SCHEDULING = {
  PulseAudio: ['--realtime=yes'],
  'PulseAudio without real-time': ['--realtime=no', '--high-priority=no'],
} as const;

/** PulseAudio where it is installed; `env` is added to its environment. */
export async function startPulseAudio(
  env: NodeJS.ProcessEnv = {},
  name: keyof typeof SCHEDULING = 'PulseAudio',
): Promise<Peer | undefined> {
  if (!isInstalled('pulseaudio', 'pactl', 'pacat')) return undefined;
  const server = new PrivateServer(name, TWO_SINKS, 'native', env);
  const modules = [
    `module-native-protocol-unix socket=${server.socket} auth-anonymous=1`,
    ...TWO_SINKS.map((sink) => `module-null-sink sink_name=${sink} rate=48000 channels=2 norewinds=1`),
  ];
  server.run(
    'pulseaudio',
    ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--log-target=null', ...SCHEDULING[name]],
    ...modules.map((module) => `--load=${module}`),
  );
  const peer = await answering(server);
  server.ask('set-default-sink', TWO_SINKS[0]);
  return peer;
}

/** At its best: in a virtual machine PipeWire raises its quantum to 21 ms unless told otherwise, and it lets in 64 programs. */
async function startPipeWire(): Promise<Peer | undefined> {
  if (!isInstalled('pipewire', 'pipewire-pulse', 'wireplumber', 'dbus-run-session', 'pactl', 'pacat')) return undefined;
  const server = new PrivateServer('PipeWire', ONE_SINK, 'pulse/native');
  const smallest = 'default.clock.min-quantum = 64';
  const programs = 'server.address = [ { address = "unix:native" max-clients = 256 } ]';
  const fragments = 'pulse.min.quantum = 64/48000 pulse.min.req = 64/48000 pulse.min.frag = 64/48000';
  server.writeConfig('pipewire/pipewire.conf.d/quantum.conf', both('context.properties', smallest));
  server.writeConfig(
    'pipewire/pipewire-pulse.conf.d/quantum.conf',
    both('pulse.properties', `${programs} ${fragments}`),
  );
  server.run('pipewire');
  await sleep(1000);
  server.run('dbus-run-session', '--', 'wireplumber');
  await sleep(1500);
  server.run('pipewire-pulse');
  const peer = await answering(server);
  server.ask('load-module', 'module-null-sink', 'sink_name=null', 'rate=48000', 'object.linger=1');
  server.ask('set-default-sink', 'null');
  server.ask('set-sink-volume', 'null', '100%');
  return peer;
}

const both = (section: string, settings: string): string =>
  `${section} = { ${settings} vm.overrides = { ${settings} } }\n`;

async function answering(server: PrivateServer): Promise<Peer> {
  try {
    await server.answers();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Every peer that is installed here. */
export async function startPeers(): Promise<Peer[]> {
  const started = [await startPulseAudio(), await startPipeWire()];
  return started.filter((peer) => peer !== undefined);
}
