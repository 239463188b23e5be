import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BystanderReport } from './bystander.js';
import type { Bystander } from './siege.js';

const PROGRAM = fileURLToPath(new URL('./bystander.js', import.meta.url));
/** What it keeps in its ring: it is the server that is tried, not how soon a busy machine wakes a client. */
const LATENCY_MS = 1000;

/** The program bystander.ts: somebody who plays counted frames in peace. */
export class NativeBystander implements Bystander<BystanderReport> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static start(socket: string, device: string): NativeBystander {
    const args = [PROGRAM, socket, device, String(LATENCY_MS)];
    return new NativeBystander(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** Lets it play out what it has written; how it went. */
  async end(): Promise<BystanderReport> {
    let said = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise((settle) => this.#child.once('close', settle));
    this.#child.stdin?.end();
    await ended;
    return JSON.parse(said) as BystanderReport;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
