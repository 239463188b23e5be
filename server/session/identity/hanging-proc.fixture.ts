import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A proc file system that holds this process and a table of sockets that hangs: it is a FIFO, which open(2) waits on. */
export class HangingProc implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'weir-proc-'));
  readonly #table = join(this.root, 'net', 'tcp');

  constructor() {
    mkdirSync(join(this.root, 'net'));
    execFileSync('mkfifo', [this.#table]);
    symlinkSync(`/proc/${process.pid}`, join(this.root, String(process.pid)));
  }

  /** Lets go of everybody who hangs now. */
  release(): void {
    closeSync(openSync(this.#table, constants.O_RDWR | constants.O_NONBLOCK));
  }

  [Symbol.dispose](): void {
    this.release();
    rmSync(this.root, { recursive: true });
  }
}
