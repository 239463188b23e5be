import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const PEER = fileURLToPath(new URL('./lan.peer.js', import.meta.url));
const STAYS = '192.168.77.1';
const GOES = '192.168.78.1';
const NETWORK = `ip link add weir0 type veth peer name weir1 && ip addr add ${STAYS}/24 dev weir0 && ip addr add ${GOES}/24 dev weir0 && ip link set weir0 up && ip link set weir1 up`;
const hasNamespaces = spawnSync('unshare', ['-n', 'sh', '-c', NETWORK]).status === 0;

describe.runIf(hasNamespaces)('where others find us', () => {
  let stateDir: string;
  let peer: ChildProcess;
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'weir-lan-'));
    peer = spawn('unshare', ['-n', 'sh', '-c', `${NETWORK} && exec "$0" "$@"`, process.execPath, PEER, stateDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  });
  afterEach(() => {
    peer.kill('SIGKILL');
    rmSync(stateDir, { recursive: true });
  });

  test('is told anew when an address goes, though the certificate stays as it is', async () => {
    if (!peer.stdout) throw new Error('no pipe');
    const told: string[] = [];
    for await (const line of createInterface(peer.stdout)) {
      if (told.push(line) === 1) peer.stdin?.write(`ip addr del ${GOES}/24 dev weir0\n`);
      if (!line.includes(GOES)) break;
    }
    expect(told[0]).toBe(JSON.stringify([`https://${STAYS}:4790`, `https://${GOES}:4790`]));
    expect(told.at(-1)).toBe(JSON.stringify([`https://${STAYS}:4790`]));
  }, 30_000);
});
