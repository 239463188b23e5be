import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WeirError } from '../../../observe/errors.js';
import { NetworkCookie } from './cookie.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-cookie-'));
  path = join(folder, 'pulse-cookie');
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(): NetworkCookie {
  const cookie = NetworkCookie.load(folder);
  if (cookie instanceof WeirError) throw cookie;
  return cookie;
}

test('a cookie is made once, for its owner alone, and is the same afterwards', () => {
  const made = load();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const bytes = readFileSync(path);
  expect(bytes.length).toBe(256);
  expect(made.matches(bytes)).toBe(true);
  expect(load().matches(bytes)).toBe(true);
});

test('another one does not match, whatever its length', () => {
  const cookie = load();
  const wrong = readFileSync(path);
  wrong[255] = (wrong[255] ?? 0) ^ 1;
  for (const shown of [wrong, new Uint8Array(256), new Uint8Array(0), wrong.subarray(1)]) {
    expect(cookie.matches(shown)).toBe(false);
  }
});

test.each<[string, () => void]>([
  ['others may read it', () => chmodSync(path, 0o640)],
  ['it has another length', () => writeFileSync(path, 'short')],
  [
    'it is a link',
    () => {
      rmSync(path);
      writeFileSync(join(folder, 'elsewhere'), Buffer.alloc(256), { mode: 0o600 });
      symlinkSync(join(folder, 'elsewhere'), path);
    },
  ],
])('where %s, it is none', (_, spoil) => {
  load();
  spoil();
  const cookie = NetworkCookie.load(folder);
  expect(cookie instanceof WeirError && cookie.code).toBe('COOKIE_UNUSABLE');
  expect(cookie instanceof WeirError && cookie.what).toContain(path);
});
