import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** As other sound servers do. */
const AHEAD = -11;
/** Behind what a desktop does, but by no more than that it is done within a moment. */
const BEHIND = 5;

/** Whether this process may take that by itself: then what falls behind for a moment comes back. */
let mayGoAhead = false;

/**
 * All threads of this process go ahead of programs without a deadline: Node's own helpers too, since a thread that collects garbage waits
 * for those of them that are at it. What is started from them has it from there (setpriority(2)). False where RLIMIT_NICE does not allow it.
 */
export function goAhead(): boolean {
  try {
    // Who was started with it may have no right to it: that shows by coming back from one step behind.
    setPriority(0, AHEAD + 1);
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), AHEAD);
    return (mayGoAhead = true);
  } catch {
    return false;
  }
}

/**
 * What `start` starts has no such precedence: a thread of Node's takes 50 ms of a processor to begin, and sound on its way would wait for
 * that. This thread itself is behind for as long as that takes, some 0.1 ms.
 */
export function inNoHurry<T>(start: () => T): T {
  if (!mayGoAhead) return start();
  const own = getPriority();
  setPriority(0, BEHIND);
  try {
    return start();
  } finally {
    setPriority(0, own);
  }
}
