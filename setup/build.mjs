import './node-version.mjs';
import { build } from './build-steps.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main } from './say.mjs';
import { ensureSystemPackages, FOR_RUNNING } from './system-packages.mjs';

await main(async () => {
  await ensureSystemPackages(FOR_RUNNING);
  await ensureNpmPackages();
  await build();
});
