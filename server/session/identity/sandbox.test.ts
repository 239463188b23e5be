import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ProcessHandle } from './process-handle.js';
import { sandboxOf } from './sandbox.js';

const PID = 42;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Look {
  /** Namespaces: the server's own, where nothing else is said. */
  readonly user?: string;
  readonly pid?: string;
  /** Of AppArmor; absent: a kernel without it. */
  readonly label?: string;
  /** Its root directory: the server's own, where nothing else is said. */
  readonly root?: string;
}

/** A process as /proc shows it. */
function judged({ user, pid, label, root = '/' }: Look): string | undefined {
  const proc = mkdtempSync(join(tmpdir(), 'weir-proc-'));
  folders.push(proc);
  const at = (name: string) => join(proc, String(PID), name);
  mkdirSync(at('ns'), { recursive: true });
  mkdirSync(at('attr'));
  symlinkSync(user ?? readlinkSync('/proc/self/ns/user'), at('ns/user'));
  symlinkSync(pid ?? readlinkSync('/proc/self/ns/pid'), at('ns/pid'));
  if (label !== undefined) writeFileSync(at('attr/current'), label);
  symlinkSync(root, at('root'));
  using handle = new ProcessHandle(PID, proc);
  return sandboxOf(handle);
}

function rootWith(...files: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'weir-root-'));
  folders.push(root);
  for (const file of files) writeFileSync(join(root, file), '');
  return root;
}

test('a process of the server’s own world is in none', () => {
  expect(judged({})).toBeUndefined();
  expect(judged({ label: 'unconfined\n' })).toBeUndefined();
});

test('namespaces of its own are one', () => {
  expect(judged({ user: 'user:[1]' })).toBe('user namespace');
  expect(judged({ pid: 'pid:[1]' })).toBe('process namespace');
});

describe('a snap', () => {
  test.each(['snap.firefox.firefox (enforce)\n', 'snap.spotify.spotify (prompt)\n', 'snap.x.y (kill)\n', 'snap.x.y'])(
    'that is confined is one: %j',
    (label) => {
      expect(judged({ label })).toBe('snap');
    },
  );

  test.each(['snap.code.code (complain)\n', '/usr/bin/snapshot (enforce)\n'])('that is not is none: %j', (label) => {
    expect(judged({ label })).toBeUndefined();
  });
});

test('a Flatpak is one by the file in its root directory, whatever stands in it', () => {
  expect(judged({ root: rootWith('.flatpak-info') })).toBe('flatpak');
  expect(judged({ root: rootWith('flatpak-info') })).toBe('root directory');
});

test('what cannot be looked at counts as one', () => {
  expect(judged({ root: '/nowhere/at/all' })).toBe('unreadable');
  const plain = join(rootWith('file'), 'file');
  expect(judged({ root: plain })).toBe('unreadable');
});
