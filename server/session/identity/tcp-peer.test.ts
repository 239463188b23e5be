import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import { IdentityDesk } from './identity-desk.js';
import { IDENTITY_LIMITS } from './limits.js';
import { type Connection, judgeOwner, type LocalProcess, tcpOwner } from './tcp-peer.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
/** Connects, says nothing, stays. */
const VISITOR = 'require("net").connect({host:process.argv[1],port:Number(process.argv[2])}).on("error",()=>{})';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const address = server.address();
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

async function accepted(server: Server): Promise<Socket> {
  const [socket]: Socket[] = await once(server, 'connection');
  if (!socket) throw new Error('no connection');
  cleanups.push(() => socket.destroy());
  return socket;
}

const desk = new IdentityDesk();

function visit(socket: Socket, asked = desk): Promise<LocalProcess | WeirError> {
  const ours = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
  return peerOf({ ours, theirs: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 } }, asked);
}

async function peerOf(connection: Connection, asked: IdentityDesk): Promise<LocalProcess | WeirError> {
  const owner = await tcpOwner(connection, asked);
  return owner instanceof WeirError ? owner : judgeOwner(owner);
}

async function refusalOf(socket: Socket): Promise<string> {
  const answer = await visit(socket);
  return answer instanceof WeirError ? answer.message : 'let in';
}

function start(command: string, args: string[], options: object = {}): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore', ...options });
  cleanups.push(() => child.kill('SIGKILL'));
  return child;
}

/** A visitor whose root directory is an overlay over the real one; gone with its mount namespace. */
function startInOverlay(prepare: string, port: number): void {
  const directory = mkdtempSync(join(tmpdir(), 'weir-root-'));
  cleanups.push(() => rmdirSync(directory));
  const script = [
    'mount -t tmpfs t "$D"',
    'mkdir "$D/u" "$D/w" "$D/o"',
    'mount -t overlay o -o "lowerdir=/,upperdir=$D/u,workdir=$D/w" "$D/o"',
    prepare,
    'exec chroot "$D/o" "$0" "$@"',
  ].join(' && ');
  const visitor = [process.execPath, '-e', VISITOR, '127.0.0.1', String(port)];
  start('unshare', ['--mount', 'sh', '-c', script, ...visitor], { env: { ...process.env, D: directory } });
}

async function connectHere(host: string, to = host): Promise<{ near: Socket; far: Socket }> {
  const { server, port } = await listen(host);
  const far = connect({ host: to, port });
  cleanups.push(() => far.destroy());
  return { near: await accepted(server), far };
}

describe('a loopback TCP peer is known by the kernel', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
  ])('listening on %s, connected to %s', async (host, to) => {
    const { near } = await connectHere(host, to);
    expect(await visit(near)).toMatchObject({ pid: process.pid, uid: process.getuid?.(), program: process.execPath });
  });

  test('another process of the same user, by its number and program', async () => {
    const { server, port } = await listen('127.0.0.1');
    const child = start(process.execPath, ['-e', VISITOR, '127.0.0.1', String(port)]);
    expect(await visit(await accepted(server))).toMatchObject({ pid: child.pid, program: process.execPath });
  });

  test('many at once are each told apart', async () => {
    const { server, port } = await listen('127.0.0.1');
    const children = Array.from({ length: 4 }, () =>
      start(process.execPath, ['-e', VISITOR, '127.0.0.1', String(port)]),
    );
    const found = await Promise.all(children.map(async () => visit(await accepted(server))));
    expect(found.every((peer) => !(peer instanceof WeirError))).toBe(true);
    const own = new Set(children.map((child) => child.pid));
    for (const peer of found) expect(own).toContain('pid' in peer ? peer.pid : undefined);
  });

  test('one that is gone again is unknown', async () => {
    const { near, far } = await connectHere('127.0.0.1');
    far.resetAndDestroy();
    await once(near, 'error');
    const ours = { address: '127.0.0.1', port: near.localPort ?? 1 };
    const theirs = { address: '127.0.0.1', port: near.remotePort ?? 1 };
    expect(await peerOf({ ours, theirs }, desk)).toMatchObject({ code: 'PEER_UNKNOWN' });
  });

  test('an address of another machine is never looked up', async () => {
    const remote = { ours: { address: '10.0.0.1', port: 1 }, theirs: { address: '10.0.0.2', port: 2 } };
    expect(await peerOf(remote, desk)).toMatchObject({ code: 'PEER_UNKNOWN' });
  });
});

describe('a peer that may not speak', () => {
  test.runIf(isRoot)('is another user of this machine', async () => {
    const { server, port } = await listen('127.0.0.1');
    start(process.execPath, ['-e', VISITOR, '127.0.0.1', String(port)], NOBODY);
    expect(await refusalOf(await accepted(server))).toContain('user 65534');
  });

  test.each([
    ['a user namespace', ['--user', '--map-root-user']],
    ['a process namespace', ['--user', '--map-root-user', '--pid', '--fork']],
  ])('lives in %s', async (_name, flags) => {
    const { server, port } = await listen('127.0.0.1');
    start('unshare', [...flags, process.execPath, '-e', VISITOR, '127.0.0.1', String(port)]);
    expect(await refusalOf(await accepted(server))).toContain('namespace');
  });

  test.runIf(isRoot)('has a process namespace and nothing else of its own', async () => {
    const { server, port } = await listen('127.0.0.1');
    start('unshare', ['--pid', '--fork', '--kill-child', process.execPath, '-e', VISITOR, '127.0.0.1', String(port)]);
    expect(await refusalOf(await accepted(server))).toContain('process namespace');
  });

  test.runIf(isRoot)('sees another root directory', async () => {
    const { server, port } = await listen('127.0.0.1');
    startInOverlay('mount --rbind /proc "$D/o/proc"', port);
    expect(await refusalOf(await accepted(server))).toContain('root directory');
  });

  test.runIf(isRoot)('is a Flatpak', async () => {
    const { server, port } = await listen('127.0.0.1');
    startInOverlay('touch "$D/o/.flatpak-info"', port);
    expect(await refusalOf(await accepted(server))).toContain('flatpak');
  });

  test('shares its socket with a sandbox', async () => {
    const { near, far } = await connectHere('127.0.0.1');
    await once(far, 'connect');
    expect(await visit(near)).toMatchObject({ pid: process.pid });
    const sandbox = start('unshare', ['--user', 'sh', '-c', 'echo here; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore', far],
    });
    if (sandbox.stdout) await once(sandbox.stdout, 'data');
    expect(await visit(near)).toMatchObject({ code: 'PEER_UNKNOWN' });
  });
});

describe('the search has an end', () => {
  test.each(['socketTableBytes', 'processes', 'descriptors'] as const)('at %s', async (limit) => {
    const { near } = await connectHere('127.0.0.1');
    const strict = new IdentityDesk({ limits: { ...IDENTITY_LIMITS, [limit]: 0 } });
    expect(await visit(near, strict)).toMatchObject({ code: 'PEER_UNKNOWN' });
  });
});
