import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPackage } from './run.mjs';
import { say } from './say.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, retried: string[] }} Tally `retried`: names of those that passed, but not at once
 * @typedef {{ status: string, assertionResults: { status: string, fullName: string, failureMessages: string[] }[] }} FileResult
 */

/**
 * Runs vitest on our terminal and counts. A file that does not load, and a run that breaks outside its tests, count as
 * failed too.
 * @param {string[]} filters parts of paths; none: all tests
 * @returns {Promise<Tally>}
 */
export async function runTests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-tests-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const broken = await runPackage('vitest/vitest.mjs', ['run', ...reporters, ...filters], { live: true }).then(
      () => false,
      () => true,
    );
    const tally = existsSync(report) ? tallyOf(JSON.parse(readFileSync(report, 'utf8')).testResults) : nothing();
    if (tally.passed + tally.failed === 0) say('no test was run');
    if (tally.failed === 0 && (broken || tally.passed === 0)) tally.failed = 1;
    return tally;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns {Tally} */
const nothing = () => ({ passed: 0, failed: 0, skipped: 0, retried: [] });

/** @param {FileResult[]} files */
function tallyOf(files) {
  const tally = nothing();
  for (const { status, assertionResults } of files) {
    const before = tally.failed;
    for (const test of assertionResults) {
      if (test.status === 'passed') tally.passed++;
      else if (test.status === 'failed') tally.failed++;
      else tally.skipped++;
      if (test.status === 'passed' && test.failureMessages.length > 0) tally.retried.push(test.fullName);
    }
    if (status === 'failed' && tally.failed === before) tally.failed++;
  }
  return tally;
}
