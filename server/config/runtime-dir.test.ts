import { spawn } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import {
  claimRuntimeDir,
  ensurePrivateDir,
  type RuntimeClaim,
  runtimeDirFor,
  socketPath,
  stateDirFor,
} from './runtime-dir.js';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'weir-dir-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const refusal = (outcome: RuntimeClaim | WeirError | undefined): string =>
  outcome instanceof WeirError ? outcome.message : 'not refused';

function claimed(dir: string): RuntimeClaim {
  const claim = claimRuntimeDir(dir);
  if (claim instanceof WeirError) throw claim;
  return claim;
}

describe('where', () => {
  test('the runtime directory follows flag, WEIR_RUNTIME_DIR, XDG_RUNTIME_DIR, root, temporary folder', () => {
    const env = { WEIR_RUNTIME_DIR: '/a', XDG_RUNTIME_DIR: '/b' };
    expect(runtimeDirFor('/flag', env)).toBe('/flag');
    expect(runtimeDirFor(undefined, env)).toBe('/a');
    expect(runtimeDirFor(undefined, { ...env, WEIR_RUNTIME_DIR: '' })).toBe('/b/weir');
    expect(runtimeDirFor(undefined, {}, 0)).toBe('/run/weir');
    expect(runtimeDirFor(undefined, {}, 1000)).toBe(join(tmpdir(), 'weir-1000'));
  });

  test('the state directory follows flag, WEIR_STATE_DIR, XDG_STATE_HOME, root, home', () => {
    const env = { WEIR_STATE_DIR: '/a', XDG_STATE_HOME: '/b' };
    expect(stateDirFor('/flag', env)).toBe('/flag');
    expect(stateDirFor(undefined, env)).toBe('/a');
    expect(stateDirFor(undefined, { XDG_STATE_HOME: '/b' })).toBe('/b/weir');
    expect(stateDirFor(undefined, {}, 0)).toBe('/var/lib/weir');
    expect(stateDirFor(undefined, {}, 1000)).toBe(join(homedir(), '.local/state/weir'));
  });
});

describe('a private directory', () => {
  test('is made with its parents, for its owner alone', () => {
    const dir = join(place, 'deep', 'weir');
    expect(ensurePrivateDir(dir)).toBeUndefined();
    expect(lstatSync(dir).mode & 0o7777).toBe(0o700);
  });

  test('is no symbolic link, even to a good one', () => {
    mkdirSync(join(place, 'real'), { mode: 0o700 });
    symlinkSync(join(place, 'real'), join(place, 'weir'));
    expect(refusal(ensurePrivateDir(join(place, 'weir')))).toMatch(/weir is a symbolic link \[RUNTIME_DIR_UNSAFE\]/);
  });

  test('is no file', () => {
    writeFileSync(join(place, 'weir'), '');
    expect(refusal(ensurePrivateDir(join(place, 'weir')))).toMatch(/is no directory/);
    expect(refusal(ensurePrivateDir(join(place, 'weir', 'below')))).toMatch(/ENOTDIR/);
  });

  test.each([0o720, 0o702])('cannot be written by others (%o)', (mode) => {
    const dir = join(place, 'weir');
    mkdirSync(dir);
    chmodSync(dir, mode);
    expect(refusal(ensurePrivateDir(dir))).toMatch(/can be written by others/);
  });

  test('is its owner’s', () => {
    const dir = join(place, 'weir');
    mkdirSync(dir, { mode: 0o700 });
    expect(refusal(ensurePrivateDir(dir, 12345))).toMatch(/belongs to user \d+, not to 12345/);
  });

  test('stands where nobody can replace it', () => {
    chmodSync(place, 0o777);
    expect(refusal(ensurePrivateDir(join(place, 'weir')))).toMatch(/lets anybody replace/);
    chmodSync(place, 0o1777);
    expect(ensurePrivateDir(join(place, 'weir'))).toBeUndefined();
  });
});

describe('a claim', () => {
  test('names the live owner to a second server, and ends with release', () => {
    const dir = join(place, 'weir');
    const claim = claimed(dir);
    expect(refusal(claimRuntimeDir(dir))).toContain(`held by process ${process.pid}, a running Weir [ALREADY_RUNNING]`);
    claim.release();
    claimed(dir).release();
  });

  test('ends with its process, and replaces the socket that process left', async () => {
    const dir = join(place, 'weir');
    const owner = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { claimRuntimeDir, socketPath } from ${JSON.stringify(new URL('./runtime-dir.js', import.meta.url).href)};
       import { createServer } from 'node:net';
       const claim = claimRuntimeDir(${JSON.stringify(dir)});
       createServer().listen(socketPath(claim.dir), () => console.log('ready'));`,
    ]);
    await new Promise((resolve) => owner.stdout.once('data', resolve));
    expect(refusal(claimRuntimeDir(dir))).toContain(`process ${owner.pid},`);

    const gone = new Promise((resolve) => owner.once('exit', resolve));
    owner.kill('SIGKILL');
    await gone;
    expect(existsSync(socketPath(dir))).toBe(true);

    const claim = claimed(dir);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath(dir), resolve));
    server.close();
    claim.release();
  });

  test('is refused when the lock itself is a trap', () => {
    const dir = join(place, 'weir');
    mkdirSync(dir, { mode: 0o700 });
    symlinkSync('/etc/passwd', join(dir, 'weir.lock'));
    expect(refusal(claimRuntimeDir(dir))).toMatch(/cannot lock .*weir\.lock: ELOOP/);
  });
});
