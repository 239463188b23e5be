import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrameSpec } from '../../server/device/output-driver.js';
import { eventually } from '../eventually.js';
import { type Server, startServer } from '../server.js';
import { bytesOf, sine } from '../tone.js';
import { noise, samplesOf, writeWav } from '../wav.js';
import { Ear } from './ear.js';
import { HZ, LEVEL, loudness } from './loudness.js';
import { type Env, listed, outputOf, pactl, runPulse, startPulse } from './program.js';

const S16: FrameSpec = { format: 's16', rate: 48_000, channels: 2 };
/** A connection that has not said who it is lives for three seconds. */
const SILENT_LIMIT_MS = 10_000;

let server: Server;
let port: number;
/** What a program of another machine is told. */
let remote: Env;
const at = (name: string): string => join(server.folder, name);
const cookie = () => join(server.folder, 'state', 'pulse-cookie');

beforeAll(async () => {
  port = await freePort();
  server = await startServer({
    devices: ['file:%/played.wav?name=disk', 'null:hall'],
    config: `[pulse]\ntcp = "127.0.0.1:${port}"\n`,
  });
  remote = { PULSE_SERVER: `tcp:127.0.0.1:${port}`, PULSE_COOKIE: cookie() };
  writeWav(at('tone.wav'), S16, bytesOf(sine(HZ, LEVEL, 60)));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const byNetwork = (program: string, ...args: string[]) => runPulse(server, program, args, { env: remote });

describe('a program that comes over the network with the cookie', () => {
  test('is told of all outputs, and of nothing that others do', async () => {
    await using _other = startPulse(server, 'paplay', ['--device=hall', at('tone.wav')]);
    await eventually('somebody plays', async () => (await listed(server, 'sink-inputs'))[0]);
    const list = (kind: string) => outputOf(server, 'pactl', ['list', 'short', kind], { env: remote });
    expect(await list('sinks')).toMatch(/^0\tdisk\t[^\n]*\n1\thall\t/);
    expect(await list('sources')).toBe('');
    expect(await list('sink-inputs')).toBe('');
    expect(await list('clients')).toMatch(/^\d+\tweir\tpactl\n$/);
  });

  test('neither hears nor moves a fader', async () => {
    for (const [program, ...args] of [
      ['parec', '--device=hall.monitor', '--raw'],
      ['pactl', 'set-sink-volume', 'hall', '50%'],
      ['pactl', 'set-default-sink', 'hall'],
    ] as const) {
      const end = await byNetwork(program, ...args);
      expect(end.status).not.toBe(0);
      expect(end.stderr).toMatch(/Access denied|No such entity/);
    }
    expect(await pactl(server, 'get-sink-volume', 'hall')).toContain('100%');
    expect(await pactl(server, 'get-default-sink')).toBe('disk\n');
  });

  test('plays into the output that it names, and moves its own fader', async () => {
    await using ear = await Ear.open(server, 'hall.monitor');
    await using _player = startPulse(server, 'paplay', ['--device=hall', '--volume=32768', at('tone.wav')], remote);
    await eventually('an eighth of its level', async () => {
      return Math.abs(loudness(await ear.next(0.1)) - LEVEL / 8) < 0.05 * LEVEL || undefined;
    });
  });
});

describe('without the cookie', () => {
  test('it lies where only the server’s user reads it', () => {
    expect(statSync(cookie()).mode & 0o777).toBe(0o600);
    expect(statSync(cookie()).size).toBe(256);
  });

  test('nobody gets in', async () => {
    writeFileSync(at('other'), randomBytes(256), { mode: 0o600 });
    const env = { ...remote, PULSE_COOKIE: at('other') };
    for (const [program, ...args] of [
      ['pactl', 'info'],
      ['paplay', at('tone.wav')],
    ] as const) {
      const end = await runPulse(server, program, args, { env });
      expect(end.status).not.toBe(0);
      expect(end.stderr).toMatch(/Access denied/);
    }
  });

  test('whoever says nothing is sent away', async () => {
    const silent = connect(port, '127.0.0.1');
    silent.resume();
    const late = setTimeout(() => silent.destroy(new Error('it was kept')), SILENT_LIMIT_MS);
    await once(silent, 'close');
    clearTimeout(late);
    expect(silent.errored).toBeNull();
    expect((await byNetwork('pactl', 'info')).status).toBe(0);
  });
});

test('a desktop’s own PulseAudio plays into it (module-tunnel-sink)', async () => {
  const socket = at('desktop.sock');
  const tunnel = `server=tcp:127.0.0.1:${port} cookie=${cookie()} sink=hall sink_name=weir`;
  const modules = [`module-native-protocol-unix socket=${socket} auth-anonymous=1`, `module-tunnel-sink ${tunnel}`];
  const load = modules.flatMap((module) => ['-L', module]);
  await using _desktop = startPulse(server, 'pulseaudio', ['-n', '--daemonize=no', '--exit-idle-time=-1', ...load]);
  const env = { PULSE_SERVER: `unix:${socket}` };
  await eventually('the tunnel stands', async () => {
    const sinks = await runPulse(server, 'pactl', ['list', 'short', 'sinks'], { env });
    return /\tweir\t/.test(sinks.stdout.toString()) || undefined;
  });
  await using ear = await Ear.open(server, 'hall.monitor');
  await using _player = startPulse(server, 'paplay', ['--device=weir', at('tone.wav')], env);
  await eventually('the tone', async () => Math.abs(loudness(await ear.next(0.1)) - LEVEL) < 0.1 * LEVEL || undefined);
});

test('what comes by TCP is heard bit for bit', async () => {
  const frames = noise(S16, 1.5, 7);
  writeWav(at('noise.wav'), S16, frames);
  expect(await byNetwork('paplay', '--device=disk', '--latency-msec=300', at('noise.wav'))).toMatchObject({
    status: 0,
  });
  await server.stop();
  expect(samplesOf(at('played.wav')).includes(frames)).toBe(true);
});
