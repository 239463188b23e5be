import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What it says next; an error where it ends instead. */
export async function wordOf(child: ChildProcess): Promise<unknown> {
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
