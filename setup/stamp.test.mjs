import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from './run.mjs';
import { filesUnder, unlessDone } from './stamp.mjs';

/** @type {string} */
let place;
/** @type {string} */
let name;
let times = 0;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'weir-stamp-'));
  name = `test-${process.pid}`;
  times = 0;
  writeFileSync(join(place, 'input'), 'one');
});
afterEach(() => {
  rmSync(place, { recursive: true });
  rmSync(join(ROOT, 'dist/.stamps', name), { force: true });
});

function attempt() {
  const folder = relative(ROOT, place);
  const inputs = filesUnder(folder).filter((file) => !file.endsWith('output'));
  return unlessDone(name, { inputs, outputs: [join(folder, 'output')] }, async () => {
    times++;
    writeFileSync(join(place, 'output'), '');
  });
}

test('work is done once, and again when an input changes, comes or goes, or the output is gone', async () => {
  await attempt();
  await attempt();
  expect(times).toBe(1);
  writeFileSync(join(place, 'input'), 'two');
  await attempt();
  expect(times).toBe(2);
  writeFileSync(join(place, 'another'), '');
  await attempt();
  expect(times).toBe(3);
  rmSync(join(place, 'another'));
  await attempt();
  expect(times).toBe(4);
  rmSync(join(place, 'output'));
  await attempt();
  expect(times).toBe(5);
  await attempt();
  expect(times).toBe(5);
});

test('work that failed is done again', async () => {
  await attempt();
  rmSync(join(place, 'output'));
  const folder = relative(ROOT, place);
  const files = { inputs: filesUnder(folder), outputs: [join(folder, 'output')] };
  await expect(unlessDone(name, files, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
  writeFileSync(join(place, 'output'), '');
  await attempt();
  expect(times).toBe(2);
});
