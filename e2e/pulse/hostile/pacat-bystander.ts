import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { COUNTER } from '../../counter.js';
import type { Bystander } from '../../hostile/siege.js';

const SOURCE = fileURLToPath(new URL('./counter-source.js', import.meta.url));
const FORMAT = ['--raw', '--format=s16le', `--rate=${COUNTER.rate}`, `--channels=${COUNTER.channels}`];

export interface PacatReport {
  readonly frames: number;
  readonly exitCode: number | null;
}

/**
 * Debian's own pacat: it knows nothing of Weir, and keeps as much ready as it usually does. What it plays comes from a process of its
 * own, so that it is the server that is tried, not the test's event loop.
 */
export class PacatBystander implements Bystander<PacatReport> {
  readonly #source: ChildProcess;
  readonly #pacat: ChildProcess;
  readonly #exit: Promise<number | null>;
  #counted = '';

  private constructor(socket: string, device: string) {
    const source = spawn(process.execPath, [SOURCE], { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
    const env = { ...process.env, PULSE_SERVER: `unix:${socket}` };
    const args = ['--playback', '--stream-name=counter', '--client-name=bystander', '-d', device, ...FORMAT];
    // The pipe is handed over: nothing of it goes through this process.
    const pacat = spawn('pacat', args, { env, stdio: [source.stdout, 'inherit', 'inherit'] });
    source.stdio[3]?.on('data', (piece: Buffer) => (this.#counted += piece.toString()));
    this.#source = source;
    this.#pacat = pacat;
    this.#exit = new Promise((settle) => pacat.once('exit', settle));
    // Else this process would keep it open, and take of it.
    source.stdout?.destroy();
  }

  static start(socket: string, device: string): PacatBystander {
    return new PacatBystander(socket, device);
  }

  async end(): Promise<PacatReport> {
    this.#source.stdin?.end();
    const exitCode = await this.#exit;
    return { exitCode, frames: Number(this.#counted) };
  }

  kill(): void {
    this.#pacat.kill('SIGKILL');
    this.#source.kill('SIGKILL');
  }
}
