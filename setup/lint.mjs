import './node-version.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main } from './say.mjs';
import { checkSources } from './source-checks.mjs';

await main(async () => {
  await ensureNpmPackages();
  const { failed } = await checkSources();
  process.exitCode = failed > 0 ? 1 : 0;
});
