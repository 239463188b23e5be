import { existsSync, readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const THREADS = '/proc/self/task';
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
  } catch {
    return false;
  }
  return (mayGoAhead = setAll(readdirSync(THREADS), AHEAD));
}

/** False where one of them did not get it; one that has ended meanwhile needs none. */
function setAll(threads: readonly string[], priority: number): boolean {
  return threads.every((thread) => {
    try {
      setPriority(Number(thread), priority);
      return true;
    } catch {
      return !existsSync(`${THREADS}/${thread}`);
    }
  });
}

export interface Started<T> {
  readonly started: T;
  /** It took long enough: its threads have the precedence of who started them. Good while they run: their numbers may be others' later. */
  readonly hurry: () => void;
}

/**
 * What `start` starts has no such precedence: a thread of Node's takes 50 ms of a processor to begin, and sound on its way would wait for
 * that. This thread itself is behind for as long as that takes, some 0.2 ms.
 */
export function inNoHurry<T>(start: () => T): Started<T> {
  if (!mayGoAhead) return { started: start(), hurry: () => {} };
  const own = getPriority();
  const others = new Set(readdirSync(THREADS));
  setPriority(0, BEHIND);
  try {
    const started = start();
    const fresh = readdirSync(THREADS).filter((thread) => !others.has(thread));
    return { started, hurry: () => setAll(fresh, own) };
  } finally {
    setPriority(0, own);
  }
}
