import './node-version.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main, say } from './say.mjs';
import { checkSources } from './source-checks.mjs';
import { ensureSystemPackages, FOR_TESTING } from './system-packages.mjs';
import { runTests } from './vitest-run.mjs';

await main(async () => {
  await ensureSystemPackages(FOR_TESTING);
  await ensureNpmPackages();
  const checks = await checkSources();
  const tests = await runTests(process.argv.slice(2));
  for (const name of tests.retried) say(`passed only when it was tried again: ${name}`);
  const failed = checks.failed + tests.failed;
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  process.stdout.write(`\n${checks.passed + tests.passed} passed, ${failed} failed${skipped}\n`);
  process.exitCode = failed > 0 ? 1 : 0;
});
