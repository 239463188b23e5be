import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

const ADDRESS = '192.168.77.1';
const PEER = fileURLToPath(new URL('./announcer.peer.js', import.meta.url));
/** A network of its own: nothing of the test reaches the real one. */
const NETWORK = `ip link add weir0 type veth peer name weir1 && ip addr add ${ADDRESS}/24 dev weir0 && ip link set weir0 up && ip link set weir1 up`;
const hasNamespaces = spawnSync('unshare', ['-n', 'sh', '-c', NETWORK]).status === 0;

const heardSchema = z.object({
  event: z.enum(['up', 'down']),
  name: z.string(),
  host: z.string(),
  port: z.number(),
  txt: z.record(z.string(), z.string()),
  addresses: z.array(z.string()).optional(),
});

describe.runIf(hasNamespaces)('by mDNS', () => {
  let peer: ChildProcess;
  let lines: AsyncIterator<string, undefined>;
  beforeEach(() => {
    const command = `${NETWORK} && exec "$0" "$@"`;
    peer = spawn('unshare', ['-n', 'sh', '-c', command, process.execPath, PEER, ADDRESS], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (!peer.stdout) throw new Error('no pipe');
    lines = createInterface(peer.stdout)[Symbol.asyncIterator]();
  });
  afterEach(() => peer.kill('SIGKILL'));

  const order = (text: string): void => void peer.stdin?.write(`${text}\n`);
  const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value ?? 'null');

  test('others hear where we are, and no more; a change; and that we are gone', async () => {
    order('announce');
    const up = heardSchema.parse(await next());
    expect(up).toEqual({
      event: 'up',
      name: 'Weir on loft7:4790',
      host: 'weir-loft7.local',
      port: 4790,
      txt: { path: '/', tls: '1' },
      addresses: expect.arrayContaining([ADDRESS]),
    });
    order('announce');
    order('move');
    expect(heardSchema.parse(await next())).toMatchObject({ event: 'down', name: 'Weir on loft7:4790' });
    expect(heardSchema.parse(await next())).toMatchObject({ event: 'up', port: 4800 });
    order('withdraw');
    const last = [await next(), await next()];
    expect(last).toContainEqual(expect.objectContaining({ event: 'down', name: 'Weir on loft7:4800' }));
    expect(last).toContain('withdrawn');
  });
});
