import './node-version.mjs';
import { build } from './build-steps.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main } from './say.mjs';

await main(async () => {
  await ensureNpmPackages();
  await build();
});
