import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Processes of one program of ours, each many clients: the crowd is as large as it must be and none of them is late. */
export class Crowd implements AsyncDisposable {
  readonly #processes: readonly ChildProcess[];

  /** `program` stands in this folder; each process says a first word when all its clients are there. */
  static async gather(program: string, processes: number, ...args: (string | number)[]): Promise<Crowd> {
    const file = fileURLToPath(new URL(program, import.meta.url));
    const start = () => fork(file, args.map(String), { serialization: 'advanced' });
    const crowd = new Crowd(Array.from({ length: processes }, start));
    await Promise.all(crowd.#processes.map(wordOf));
    return crowd;
  }

  private constructor(processes: readonly ChildProcess[]) {
    this.#processes = processes;
  }

  /** What each process answers. */
  ask(question: string): Promise<unknown[]> {
    const answers = this.#processes.map(wordOf);
    for (const child of this.#processes) child.send(question);
    return Promise.all(answers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#processes.map((child) => once(child, 'exit'));
    for (const child of this.#processes) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}

/** What it says next; an error where it ends instead. */
async function wordOf(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process of the crowd ended: ${code}`);
  });
  try {
    return await Promise.race([once(child, 'message', { signal }).then(([word]: unknown[]) => word), ended]);
  } finally {
    ended.catch(() => {});
    over.abort();
  }
}
