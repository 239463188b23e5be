import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';
import { filesUnder } from './stamp.mjs';

/** Folders of TypeScript that tsc compiles into the same place under dist, tests included. */
export const COMPILED_FOLDERS = ['server', 'native-shim', 'e2e', 'bench'];

/**
 * @param {string[]} sources TypeScript files of the checkout
 * @returns {string[]} the JavaScript that tsc makes of them
 */
export function outputsOf(sources) {
  return sources.filter((file) => !file.endsWith('.d.ts')).map((file) => join('dist', file.replace(/\.ts$/, '.js')));
}

/**
 * Removes compiled files whose source is gone: a test among them would still be run.
 * @param {string[]} outputs what the sources of today compile to
 */
export function removeOrphans(outputs) {
  const wanted = new Set(outputs);
  for (const file of COMPILED_FOLDERS.flatMap((folder) => filesUnder(join('dist', folder)))) {
    if (/\.js(\.map)?$/.test(file) && !wanted.has(file.replace(/\.map$/, ''))) rmSync(join(ROOT, file));
  }
}
