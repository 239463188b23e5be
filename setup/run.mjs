import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './say.mjs';

/** The checkout; every path in set-up is relative to it. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

// Some programs say what is wrong first, some last.
const FIRST_LINES_SHOWN = 20;
const LAST_LINES_SHOWN = 60;

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string>} [env] added to our own
 * @property {boolean} [live] the command writes to our terminal; its output is not kept
 */

/**
 * Runs a command to its end and returns what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} stdout and stderr, as they came
 * @throws {SetupError} with that output when the command fails or is missing
 */
export function run(command, args, { env = {}, live = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (/** @type {Buffer} */ bytes) => void (output += bytes.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => reject(new SetupError(`cannot run ${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      reject(new SetupError(`${command} ended with ${signal ?? `exit code ${code}`}\n${shortened(output)}`.trimEnd()));
    });
  });
}

/** @param {string} output */
function shortened(output) {
  const lines = output.trimEnd().split('\n');
  const left = lines.length - FIRST_LINES_SHOWN - LAST_LINES_SHOWN;
  if (left > 0) lines.splice(FIRST_LINES_SHOWN, left, `… ${left} lines …`);
  return lines.join('\n');
}

/**
 * Runs a program of an installed npm package with this Node.
 * @param {string} script path under node_modules
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export function runPackage(script, args, options) {
  return run(process.execPath, [join('node_modules', script), ...args], options);
}

/**
 * @param {string} command
 * @returns {boolean} whether it is on the PATH
 */
export function hasCommand(command) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
