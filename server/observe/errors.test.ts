import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERRORS } from './errors.js';

test('the manual lists every error with its way out, in the same order, and no other', () => {
  const manual = readFileSync('docs/errors.md', 'utf8');
  const rows = [...manual.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)].map(([, code, wayOut]) => [
    code,
    wayOut?.replaceAll('\\|', '|'),
  ]);
  expect(rows).toEqual(Object.entries(ERRORS));
});
