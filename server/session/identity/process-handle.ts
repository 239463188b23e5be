import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
  type BigIntStats,
} from 'node:fs';
import { PROCESS_FILE_BYTES } from './limits.js';

/**
 * One process, held by a descriptor on its /proc/PID: when the process ends, every look-up through the handle fails,
 * also after its number was given to another. Methods throw Node's errors (ESRCH, ENOENT, EACCES).
 * Any of them may block while the process hangs in the kernel: for the identity thread alone.
 */
export class ProcessHandle implements Disposable {
  readonly #fd: number;

  constructor(
    readonly pid: number,
    procRoot: string,
  ) {
    this.#fd = openSync(`${procRoot}/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Effective user, as the kernel has it now. */
  uid(): number {
    return statSync(this.#path('.')).uid;
  }

  link(name: string): string {
    return readlinkSync(this.#path(name));
  }

  stat(name: string): BigIntStats {
    return statSync(this.#path(name), { bigint: true });
  }

  /** Numbers of its open descriptors. */
  descriptors(): string[] {
    return readdirSync(this.#path('fd'));
  }

  /** A small text file, at most PROCESS_FILE_BYTES of it. */
  text(name: string): string {
    const file = openSync(this.#path(name), constants.O_RDONLY);
    try {
      const bytes = Buffer.alloc(PROCESS_FILE_BYTES);
      return bytes.toString('utf8', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  }

  #path(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }
}

/** The program's file, where it may be read. */
export function programOf(process: ProcessHandle): string | undefined {
  try {
    return process.link('exe');
  } catch {
    return undefined;
  }
}
