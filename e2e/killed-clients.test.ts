import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.js';
import { compileProgram } from './native-program.js';
import { type Server, startServer } from './server.js';

const ROUNDS = 1000;
const AT_ONCE = 8;
const PLAY_MOST_MS = 40;
/** A tenth of what leaked rings alone would be. */
const SLACK_KIB = 25 * 1024;

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-killed-'));
  program = compileProgram(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A native client that streams through shared memory, killed in the middle of it (a player: wherever it is by then). */
async function round(server: Server, plays: boolean): Promise<void> {
  const does = plays ? ['play', 'null', '/dev/zero'] : ['record', 'null.monitor', '100000000'];
  const child = spawn(program, [server.socket, ...does], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  if (plays) await sleep(Math.random() * PLAY_MOST_MS);
  else await Promise.race([once(child.stdout, 'data'), ended]);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

async function rounds(server: Server, count: number): Promise<void> {
  let left = count;
  const runner = async () => {
    while (left-- > 0) await round(server, left % 2 === 0);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runner));
}

interface Holdings {
  readonly descriptors: number;
  readonly mappedKib: number;
  readonly residentKib: number;
  readonly sharedKib: number;
}

/** The kernel's own numbers, which it tells of a server that cannot be dumped too. */
async function holdings(server: Server): Promise<Holdings> {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  const kib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const metrics = await (await fetch(new URL('/metrics', server.url))).text();
  const descriptors = Number(/^weir_process_descriptors (\d+)/m.exec(metrics)?.[1]);
  return {
    descriptors,
    mappedKib: kib('VmSize'),
    residentKib: kib('VmRSS'),
    sharedKib: kib('RssShmem'),
  };
}

test(`${ROUNDS} clients killed while they stream leave nothing in the server`, { timeout: 180_000 }, async () => {
  await using server = await startServer();
  await rounds(server, 100); // until its heap has its usual size
  const settled = () =>
    eventually('nobody is connected', async () => {
      const state = (await (await fetch(new URL('/api/v1/state', server.url))).json()) as { clients: unknown[] };
      return state.clients.length === 0 || undefined;
    });
  await settled();
  const before = await holdings(server);
  await rounds(server, ROUNDS);
  await settled();
  const after = await eventually('memory is back', async () => {
    const now = await holdings(server);
    return now.sharedKib <= before.sharedKib ? now : undefined;
  });
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2); // its connections over HTTP
  expect(after.mappedKib - before.mappedKib).toBeLessThan(SLACK_KIB);
  expect(after.residentKib - before.residentKib).toBeLessThan(SLACK_KIB);
});
