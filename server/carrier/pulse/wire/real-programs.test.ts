import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PulseServer } from '../../../device/alsa/testing/pulse-server.js';
import { VERSION_MAX, VERSION_MIN } from './limits.js';
import { Relay } from './relay.fixture.js';

const run = promisify(execFile);
const VERSIONS = Array.from({ length: VERSION_MAX - VERSION_MIN + 1 }, (_, index) => VERSION_MIN + index);
/** What may differ where the relay makes both sides speak another version. */
const CHANGED = 'AUTH';

let folder: string;
let server: PulseServer;
let sound: string;
let relay: Relay | undefined;
let relays = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-wire-'));
  server = await PulseServer.start(folder, 'srbchannel=0');
  sound = join(folder, 'sound.raw');
  writeFileSync(sound, Buffer.alloc(44_100, 0x11));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  relay?.close();
  relay = undefined;
});

function through(version?: number): (program: string, ...args: string[]) => Promise<string> {
  const path = join(folder, `relay-${(relays += 1)}`);
  relay = new Relay(path, server.socket, version);
  const env = { ...server.env, PULSE_SERVER: `unix:${path}` };
  return async (program, ...args) => (await run(program, args, { env, timeout: 8000 })).stdout;
}

const RAW = ['--raw', '--format=s16le', '--rate=44100', '--channels=2'];

/** As parec -d n1.monitor, for so many bytes. */
async function record(path: string, bytes: number): Promise<void> {
  const env = { ...server.env, PULSE_SERVER: `unix:${path}` };
  const recorder = spawn('parec', ['-d', 'n1.monitor', '--latency-msec=20'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5000,
  });
  let got = 0;
  for await (const part of recorder.stdout as AsyncIterable<Buffer>) if ((got += part.length) >= bytes) break;
  recorder.kill('SIGTERM');
  if (recorder.exitCode === null && recorder.signalCode === null) await once(recorder, 'exit');
}

function expectAllUnderstood({ told, broken }: Relay, differing: readonly string[] = []): void {
  expect(broken).toEqual([]);
  expect(told.filter(({ name }) => name.startsWith('unknown')).map(({ name, by }) => `${by}: ${name}`)).toEqual([]);
  for (const { name, by, came, built } of told) {
    if (!differing.includes(name)) expect(built.toString('hex'), `${name} by ${by}`).toBe(came.toString('hex'));
  }
}

test('whatever pactl can ask is read and rebuilt to the byte, both ways', async () => {
  const run = through();
  const module = await run('pactl', 'load-module', 'module-null-sink', 'sink_name=n2', 'rate=96000');
  for (const words of [
    'info', 'list', 'list short', 'stat', 'set-default-sink n2',
    'set-sink-volume n1 50%', 'set-sink-volume 0 -3dB', 'set-sink-mute n1 toggle', 'set-sink-mute n1 0', 'set-sink-volume n1 65536',
    'set-source-volume n1.monitor 90%', 'set-source-mute @DEFAULT_MONITOR@ 1', 'set-default-source n1.monitor',
    'suspend-sink n1 1', 'suspend-sink n1 0', 'list cards', 'get-default-sink',
    `unload-module ${module.trim()}`,
  ]) await run('pactl', ...words.split(' ')); // prettier-ignore
  const wav = join(folder, 'ding.wav');
  writeFileSync(wav, wavOf(Buffer.alloc(8820, 0x22)));
  await run('pactl', 'upload-sample', wav, 'ding');
  await run('pactl', 'list', 'samples');
  await run('pactl', 'play-sample', 'ding');
  await run('pactl', 'remove-sample', 'ding');
  for (const wrong of [
    'set-sink-volume nobody 50%',
    'kill-client 99999',
    'unload-module 9999',
    'set-sink-port n1 none',
  ]) {
    await expect(run('pactl', ...wrong.split(' '))).rejects.toThrow();
  }
  const made = relay;
  if (!made) throw new Error('no relay');
  expectAllUnderstood(made);
  const names = new Set(made.told.filter(({ by }) => by === 'client').map(({ name }) => name));
  expect([...names]).toEqual(
    expect.arrayContaining(['CREATE_UPLOAD_STREAM', 'LOAD_MODULE', 'GET_CARD_INFO_LIST', 'STAT']),
  );
}, 20_000);

test.each([true, false])(
  'paplay and parec play and record through it, shared memory %s',
  async (shared) => {
    const run = through(shared ? undefined : 30);
    await run('paplay', ...RAW, '-v', '--latency-msec=50', sound);
    await run('paplay', ...RAW, '--format=float32be', '--channels=6', '--volume=30000', sound);
    await record(join(folder, `relay-${relays}`), 20_000);
    const made = relay;
    if (!made) throw new Error('no relay');
    expectAllUnderstood(made, shared ? [] : [CHANGED]);
    const { packet, ...others } = made.counts;
    expect(packet).toBeGreaterThan(10);
    if (shared) expect(others).toMatchObject({ reference: expect.any(Number), release: expect.any(Number) });
    else expect(others).toMatchObject({ sound: expect.any(Number), fds: 0 });
    // Of each of three clients its pool, and to each the server's.
    if (shared) expect(others['fds']).toBe(6);
    expect(new Set(made.told.map(({ name }) => name))).toEqual(
      expect.objectContaining(new Set(['CREATE_PLAYBACK_STREAM', 'REQUEST', 'STARTED', 'CREATE_RECORD_STREAM'])),
    );
  },
  60_000,
);

test.each(VERSIONS)(
  'clients and servers that speak version %i are understood',
  async (version) => {
    const run = through(version);
    const path = join(folder, `relay-${relays}`);
    // 24 bits came with version 15.
    const player = run('paplay', ...RAW, `--format=${version < 15 ? 's32be' : 's24le'}`, sound);
    await Promise.all([player, record(path, 2000), run('pactl', 'list')]);
    await run('pactl', 'info');
    const made = relay;
    if (!made) throw new Error('no relay');
    expectAllUnderstood(made, [CHANGED]);
    expect(made.told.every((one) => one.version === version)).toBe(true);
  },
  60_000,
);

/** 16 bits, stereo, 44.1 kHz. */
function wavOf(sound: Buffer): Buffer {
  const head = Buffer.from('RIFF    WAVEfmt \x10\0\0\0\x01\0\x02\0\0\0\0\0\0\0\0\0\x04\0\x10\0data    ', 'latin1');
  head.writeUInt32LE(36 + sound.length, 4);
  head.writeUInt32LE(44_100, 24);
  head.writeUInt32LE(176_400, 28);
  head.writeUInt32LE(sound.length, 40);
  return Buffer.concat([head, sound]);
}
