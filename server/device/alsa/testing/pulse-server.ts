import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A PulseAudio of the test's own, in `folder`, with one null sink `n1` of float32 stereo at 48 kHz. */
export class PulseServer {
  readonly socket: string;
  /** For programs that are to find it. */
  readonly env: NodeJS.ProcessEnv;
  readonly #server: ChildProcess;

  private constructor(folder: string, protocol: string) {
    const home = join(folder, 'pulse');
    mkdirSync(home, { mode: 0o700 });
    this.socket = join(home, 'native');
    this.env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, PULSE_SERVER: `unix:${this.socket}` };
    // Without norewinds the idle sink sleeps for up to two seconds before a stream's first period.
    const modules = [
      `module-native-protocol-unix socket=${this.socket} auth-anonymous=1 ${protocol}`,
      'module-null-sink sink_name=n1 format=float32le rate=48000 channels=2 norewinds=1',
    ];
    const options = ['--daemonize=no', '--exit-idle-time=-1', '--realtime=no', '--log-level=error', '-n'];
    this.#server = spawn('pulseaudio', [...options, ...modules.flatMap((module) => ['-L', module])], {
      env: this.env,
      stdio: 'ignore',
    });
  }

  /** @param protocol options of module-native-protocol-unix */
  static async start(folder: string, protocol = ''): Promise<PulseServer> {
    const server = new PulseServer(folder, protocol);
    for (let tries = 0; tries < 200 && !existsSync(server.socket); tries++) await sleep(50);
    return server;
  }

  /** Records what the sink plays, from the returned promise on, until `stop`. */
  async record(format: 's16le' | 'float32le'): Promise<{ stop(): Promise<Buffer> }> {
    const args = ['-d', 'n1.monitor', `--format=${format}`, '--rate=48000', '--channels=2', '--latency-msec=20'];
    const recorder = spawn('parec', args, { env: this.env, stdio: ['ignore', 'pipe', 'ignore'] });
    const parts: Buffer[] = [];
    recorder.stdout.on('data', (part: Buffer) => parts.push(part));
    await once(recorder.stdout, 'data');
    const stop = async () => {
      recorder.kill('SIGTERM');
      await once(recorder, 'exit');
      return Buffer.concat(parts);
    };
    return { stop };
  }

  async stop(): Promise<void> {
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    this.#server.kill('SIGTERM');
    await once(this.#server, 'exit');
  }
}
