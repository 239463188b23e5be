import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { close, must, receive, SysError, wakePair } from '../../native-shim/sys.js';

const PEER = fileURLToPath(new URL('fuse.peer.js', import.meta.url));
const WAIT_MS = 8000;

/** Whether this machine lets the test's user mount a FUSE file system. */
export function canMountFuse(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Calls `use` with a descriptor on a FUSE mount whose daemon never answers: stat, statfs, read and close of it block until the daemon
 * is killed at the end. The memfd `locked` has its inode lock held for as long.
 */
export async function withStuckFile(locked: number, use: (fd: number) => Promise<void> | void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-fuse-'));
  const [ours, theirs] = must(wakePair());
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const peer = spawn('unshare', ['--mount', ...asRoot, process.execPath, PEER, directory], {
    stdio: ['ignore', 'ignore', 'inherit', theirs, locked],
  });
  close(theirs);
  try {
    await use(await receiveOne(ours, peer));
  } finally {
    peer.kill('SIGKILL');
    close(ours);
    rmdirSync(directory);
  }
}

async function receiveOne(socket: number, peer: ChildProcess): Promise<number> {
  const byte = new Uint8Array(1);
  for (let waitedMs = 0; waitedMs < WAIT_MS && peer.exitCode === null; waitedMs += 20) {
    const got = receive(socket, byte, 1);
    const fd = got instanceof SysError ? undefined : got.fds[0];
    if (fd !== undefined) return fd;
    await delay(20);
  }
  throw new Error('the FUSE peer sent nothing');
}
