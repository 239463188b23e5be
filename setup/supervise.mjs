import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { say } from './say.mjs';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A server that lived this long was well: its next crash is a first one again. */
const SETTLED_MS = 30_000;
const CRASHES_IN_A_ROW = 8;

/** What a person or a service manager sends to end a program; anything else that kills it is a crash. */
const WANTED_ENDS = /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']);

/**
 * Runs a program and starts it again when a signal ends it that nobody meant for it (a native fault, the kernel's
 * out-of-memory killer). SIGTERM, SIGINT and SIGHUP are passed on.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>} the exit code to end with: the program's own, or 128 + signal
 */
export async function supervise(command, args) {
  let crashes = 0;
  let ending = false;
  let cutPause = () => {};
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  for (const signal of WANTED_ENDS) {
    process.on(signal, () => {
      // A terminal's Ctrl-C comes from npm too: the program is told once.
      if (!ending) child?.kill(signal);
      ending = true;
      cutPause();
    });
  }
  for (;;) {
    const begin = performance.now();
    child = spawn(command, args, { stdio: 'inherit' });
    const { code, signal } = await endOf(child);
    child = undefined;
    if (signal === null) return code;
    const wanted = ending || WANTED_ENDS.some((end) => end === signal);
    crashes = performance.now() - begin > SETTLED_MS ? 1 : crashes + 1;
    if (wanted || crashes >= CRASHES_IN_A_ROW) return 128 + constants.signals[signal];
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (crashes - 1), LONGEST_PAUSE_MS);
    say(`the server was ended by ${signal}; starting it again in ${pauseMs} ms`);
    await new Promise((resolve) => {
      cutPause = () => resolve(undefined);
      setTimeout(resolve, pauseMs);
    });
    if (ending) return 0;
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number, signal: NodeJS.Signals | null }>}
 */
function endOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code: code ?? 1, signal }));
  });
}
