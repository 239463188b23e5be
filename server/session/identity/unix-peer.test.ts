import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import * as sys from '../../../native-shim/sys.js';
import { IdentityDesk } from './identity-desk.js';
import { unixPeer } from './unix-peer.js';

const desk = new IdentityDesk();
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function listen(): { path: string; fd: number } {
  const directory = mkdtempSync(join(tmpdir(), 'weir-peer-'));
  const path = join(directory, 's');
  const fd = sys.must(sys.listen(path, 0o600, 4));
  cleanups.push(() => (sys.close(fd), rmSync(directory, { recursive: true })));
  return { path, fd };
}

function accept(listening: number): number {
  sys.pollReadable(listening, 5000);
  const fd = sys.must(sys.accept(listening));
  cleanups.push(() => sys.close(fd));
  return fd;
}

test('a Unix peer is known by the kernel at once, and its program soon', async () => {
  const { path, fd } = listen();
  const near = sys.must(sys.connect(path));
  cleanups.push(() => sys.close(near));
  const peer = unixPeer(accept(fd), desk);
  expect(peer).toMatchObject({ carrier: 'unix', pid: process.pid, uid: process.getuid?.(), sharedMemory: true });
  await vi.waitFor(() => expect(peer).toMatchObject({ program: process.execPath }), 10_000);
});

test('a peer that has ended by now keeps its number and has no program', async () => {
  const { path, fd } = listen();
  const child = spawn(process.execPath, [
    '-e',
    'require("net").connect(process.argv[1]).on("connect",()=>process.exit())',
    path,
  ]);
  await once(child, 'exit');
  const peer = unixPeer(accept(fd), desk);
  await desk.ask({ kind: 'program', pid: process.pid, uid: process.getuid?.() ?? 0 });
  expect(peer).toMatchObject({ pid: child.pid, program: undefined });
});

test('what is no Unix socket has no peer', () => {
  const fd = sys.must(sys.memfd('no-socket', 4096));
  cleanups.push(() => sys.close(fd));
  expect(unixPeer(fd, desk)).toMatchObject({ code: 'PEER_UNKNOWN' });
});
