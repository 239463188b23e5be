// What set-up tells the person at the terminal: on stderr, because stdout belongs to the server.

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const SPIN_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** Something that the person must do; shown as it is, without a stack. */
export class SetupError extends Error {}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`weir: ${line}\n`);
}

/**
 * Shows that `title` is under way, and how long it took.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const begin = performance.now();
  const seconds = () => `${((performance.now() - begin) / 1000).toFixed(1)} s`;
  const live = process.stderr.isTTY;
  let turn = 0;
  const spin = () => process.stderr.write(`${CLEAR_LINE}${SPINNER[turn++ % SPINNER.length]} ${title} … ${seconds()}`);
  const timer = live ? setInterval(spin, SPIN_MS) : undefined;
  if (!live) say(`${title} …`);
  try {
    const result = await work();
    if (live) process.stderr.write(CLEAR_LINE);
    say(`${title}: done in ${seconds()}`);
    return result;
  } catch (error) {
    if (live) process.stderr.write(CLEAR_LINE);
    say(`${title}: failed after ${seconds()}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a command of set-up; what stopped it becomes one message and exit code 1.
 * @param {() => Promise<void>} command
 */
export async function main(command) {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A system error (disk full, no permission) says enough by itself; anything else is a bug of ours.
    const expected = error instanceof SetupError || 'syscall' in error;
    say(expected ? error.message : (error.stack ?? error.message));
    process.exit(1);
  }
}
