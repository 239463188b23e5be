import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';

// In dist, so that deleting it makes everything anew.
const STAMP_FOLDER = join(ROOT, 'dist', '.stamps');

/**
 * All files at or under a path of the checkout, in a fixed order; none when there is no such path.
 * @param {string} path
 * @returns {string[]} relative to the checkout
 */
export function filesUnder(path) {
  const absolute = join(ROOT, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : join(path, entry.name)))
    .sort();
}

/** @param {string[]} files */
function digest(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/**
 * Does `work` unless it was done before with exactly these inputs and its outputs are still there.
 * @param {string} name of the stamp
 * @param {{ inputs: string[], outputs: string[] }} files
 * @param {() => Promise<void>} work
 */
export async function unlessDone(name, { inputs, outputs }, work) {
  const stamp = join(STAMP_FOLDER, name);
  const wanted = digest(inputs);
  const there = outputs.every((file) => existsSync(join(ROOT, file)));
  if (there && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(STAMP_FOLDER, { recursive: true });
  writeFileSync(stamp, wanted);
}
