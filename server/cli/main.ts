import { readFileSync } from 'node:fs';
import { EXIT, exitStatusOf } from './outcome.js';
import { makeProgram } from './program.js';

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const has = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return has ? String(manifest.version) : 'unknown';
}

// `weir status | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.success);
  throw error;
});

try {
  await makeProgram(version()).parseAsync();
} catch (error) {
  // At once: a server that cannot listen has sockets and threads already that would keep it here.
  process.exit(exitStatusOf(error));
}
