import './node-version.mjs';
import { build } from './build-steps.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main } from './say.mjs';
import { supervise } from './supervise.mjs';
import { ensureSystemPackages, FOR_RUNNING } from './system-packages.mjs';
import { weirCommand } from './weir-command.mjs';

await main(async () => {
  await ensureSystemPackages(FOR_RUNNING);
  await ensureNpmPackages();
  await build();
  process.exitCode = await supervise([weirCommand(), 'serve', ...process.argv.slice(2)]);
});
