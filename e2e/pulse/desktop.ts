import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.js';

/** An X server without a screen, for programs with windows: Xvfb(1), which keeps what it shows in a file. */
export class Desktop implements AsyncDisposable {
  readonly #server: ChildProcess;
  readonly #folder: string;

  static async start(): Promise<Desktop> {
    const folder = mkdtempSync(join(tmpdir(), 'weir-desktop-'));
    const options = ['-screen', '0', '800x500x24', '-nolisten', 'tcp', '-fbdir', folder];
    // It chooses a free number itself, and writes it to descriptor 3.
    const server = spawn('Xvfb', [...options, '-displayfd', '3'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    let said = '';
    server.stdio[3]?.on('data', (piece: Buffer) => (said += piece.toString()));
    const number = await eventually('an X server', () => /^(\d+)\n/.exec(said)?.[1]);
    return new Desktop(server, folder, `:${number}`);
  }

  private constructor(
    server: ChildProcess,
    folder: string,
    readonly display: string,
  ) {
    this.#server = server;
    this.#folder = folder;
  }

  /** What is on the screen now, as xwd(1) writes it: a header, then 32 bits a pixel. */
  look(): Buffer {
    return readFileSync(join(this.#folder, 'Xvfb_screen0'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#server, 'exit');
    this.#server.kill('SIGTERM');
    await gone;
    rmSync(this.#folder, { recursive: true });
  }
}
