import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

export const SERVER_VERSION =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
export const SERVER_NAME = `weir on ${hostname()}`;
