import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startServer } from '../server.js';
import { pulseSocketOf } from './hostile/pulse-cast.js';
import { startPulse } from './program.js';

const ATTACKER = fileURLToPath(new URL('./hostile/attacker.js', import.meta.url));
const PROCESSES = 6;
const LIMIT_MS = 60_000;
const GONE_LIMIT_MS = 5000;

test(
  'five hundred and more clients play at once, and another one comes in',
  async () => {
    await using server = await startServer({ devices: ['null'] });
    const socket = pulseSocketOf(server);
    const children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, [ATTACKER, socket, 'a crowd that plays'], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const said = await Promise.all(
      children.map(async ({ stdout }) => {
        const [first] = (await once(stdout, 'data')) as [Buffer]; // of a stream without an encoding
        return Number(first.toString());
      }),
    );
    expect(said.reduce((sum, playing) => sum + playing, 0)).toBeGreaterThanOrEqual(512);
    const env = { ...process.env, LC_ALL: 'C', PULSE_SERVER: `unix:${socket}` };
    const { stdout } = await promisify(execFile)('pactl', ['list', 'short', 'sink-inputs'], { env });
    expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(512);
    for (const child of children) child.kill('SIGKILL');
  },
  LIMIT_MS,
);

test(
  'a stream finds room that those before it have while they fade out',
  async () => {
    await using server = await startServer({ devices: ['null'], config: '[limits]\npool_bytes = 1048576\n' });
    const { stdout } = await promisify(execFile)(process.execPath, [
      ATTACKER,
      pulseSocketOf(server),
      'streams that hardly lived',
    ]);
    expect(JSON.parse(stdout)).toEqual({ refused: [], alive: true });
  },
  LIMIT_MS,
);

test('programs end when the server does', async () => {
  await using server = await startServer({ devices: ['null'] });
  await using program = startPulse(server, 'pacat', ['--playback', '--raw', '/dev/zero']);
  await using listener = startPulse(server, 'parec', []);
  await once(listener.process.stdout ?? process.stdin, 'data');
  const ends = Promise.all([program, listener].map(({ process: child }) => once(child, 'exit')));
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  await ends;
  expect(performance.now() - began).toBeLessThan(GONE_LIMIT_MS);
});
