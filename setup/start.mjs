import './node-version.mjs';
import { join } from 'node:path';
import { build } from './build-steps.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { ROOT } from './run.mjs';
import { main } from './say.mjs';
import { supervise } from './supervise.mjs';
import { ensureSystemPackages, FOR_RUNNING } from './system-packages.mjs';

const WEIR = 'server/cli/weir';

await main(async () => {
  await ensureSystemPackages(FOR_RUNNING);
  await ensureNpmPackages();
  await build();
  process.exitCode = await supervise(join(ROOT, WEIR), ['serve', ...process.argv.slice(2)]);
});
