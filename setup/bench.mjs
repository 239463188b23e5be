import './node-version.mjs';
import { build } from './build-steps.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { run } from './run.mjs';
import { main } from './say.mjs';
import { ensureSystemPackages, FOR_TESTING } from './system-packages.mjs';

// The bench measures against the peers that the tests use too, by programs of its own.
await main(async () => {
  await ensureSystemPackages(FOR_TESTING);
  await ensureNpmPackages();
  await build();
  // Its own garbage must not take all processors at once from what it measures.
  await run(process.execPath, ['--single-threaded-gc', 'dist/bench/main.js', ...process.argv.slice(2)], { live: true });
});
