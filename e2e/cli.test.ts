import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrameSpec } from '../server/device/output-driver.js';
import { noise, samplesOf, writeWav } from './wav.js';
import { type Server, startServer } from './server.js';
import { exitOf, type Ran, runWeir, startWeir } from './weir-process.js';

const S16: FrameSpec = { format: 's16', rate: 48000, channels: 2 };
const S32: FrameSpec = { format: 's32', rate: 44100, channels: 2 };

let server: Server;
const at = (name: string): string => join(server.folder, name);
const weir = (...args: string[]): Promise<Ran> => runWeir([...args, '--socket', server.socket]);

interface StatusJson {
  devices: { name: string; isDefault: boolean; volume: number; muted: boolean; peak: number[] }[];
  clients: { client: number; name: string }[];
  streams: {
    stream: number;
    name: string;
    device: string;
    volume: number;
    muted: boolean;
    state: string;
    peak: number[];
  }[];
}

async function status(): Promise<StatusJson> {
  const { stdout, stderr } = await weir('status', '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as StatusJson;
}

/** Looks until it is so; fails by saying what it saw last. */
async function eventually(check: (seen: StatusJson) => boolean): Promise<StatusJson> {
  for (let attempt = 0; ; attempt++) {
    const seen = await status();
    if (check(seen)) return seen;
    if (attempt === 40) throw new Error(`never came to be; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function contains(path: string, frames: Buffer): Promise<boolean> {
  for (let attempt = 0; attempt < 60; attempt++) {
    if (samplesOf(path).includes(frames)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

beforeAll(async () => {
  server = await startServer({
    devices: ['file:%/narrow.wav?name=narrow', 'file:%/wide.wav?name=wide&format=s32&rate=44100', 'null:quiet'],
  });
}, 20_000);

afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await server[Symbol.asyncDispose]();
});

describe('weir play', () => {
  test('arrives bit for bit: s16, as a file and through a pipe', async () => {
    const frames = noise(S16, 1);
    writeWav(at('in16.wav'), S16, frames);
    expect(await weir('play', at('in16.wav'), '--device', 'narrow')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await contains(at('narrow.wav'), frames)).toBe(true);

    const piped = noise(S16, 0.5, 2);
    writeWav(at('piped.wav'), S16, piped);
    const options = ['--device', 'narrow', '--socket', server.socket];
    const input = readFileSync(at('piped.wav'));
    expect(await runWeir(['play', '-', ...options], { input })).toMatchObject({ status: 0, stderr: '' });
    expect(await contains(at('narrow.wav'), piped)).toBe(true);

    const raw = noise(S16, 0.5, 3);
    expect(await runWeir(['play', '-', '--raw', '48000:2:s16', ...options], { input: raw })).toMatchObject({
      status: 0,
    });
    expect(await contains(at('narrow.wav'), raw)).toBe(true);
  }, 30_000);

  test('arrives bit for bit: s32', async () => {
    const frames = noise(S32, 1);
    writeWav(at('in32.wav'), S32, frames);
    expect(await weir('play', at('in32.wav'), '--device', 'wide')).toMatchObject({ status: 0, stderr: '' });
    expect(await contains(at('wide.wav'), frames)).toBe(true);
  }, 30_000);

  test('ends when the last frame was heard, not sooner', async () => {
    writeWav(at('second.wav'), S16, noise(S16, 1, 4));
    const began = performance.now();
    await weir('play', at('second.wav'), '--device', 'quiet');
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  test('plays a FLAC at half the fader', async () => {
    writeWav(at('soft.wav'), S16, noise(S16, 1.5, 5));
    execFileSync('flac', ['-sf', at('soft.wav'), '-o', at('soft.flac')], { stdio: 'ignore' });
    const playing = weir('play', at('soft.flac'), '--device', 'quiet', '--volume', '50', '--latency', '20');
    const seen = await eventually(({ streams }) =>
      streams.some(({ state, peak }) => state === 'playing' && (peak[0] ?? 0) > 0),
    );
    expect(seen.streams[0]).toMatchObject({ name: 'soft.flac', device: 'quiet', volume: 0.5 });
    expect((await playing).status).toBe(0);
  });

  test('Ctrl-C ends it cleanly and at once', async () => {
    writeWav(at('long.wav'), S16, noise(S16, 30, 6));
    const child = startWeir(['play', at('long.wav'), '--device', 'quiet', '--socket', server.socket]);
    await eventually(({ streams }) => streams.some(({ state }) => state === 'playing'));
    const began = performance.now();
    child.kill('SIGINT');
    expect(await exitOf(child)).toBe(0);
    // Of the 30 s that it had.
    expect(performance.now() - began).toBeLessThan(15_000);
    await eventually(({ streams }) => streams.length === 0);
  }, 30_000);
});

describe('weir record', () => {
  test('an output means its monitor, and what it plays is recorded bit for bit', async () => {
    const frames = noise(S16, 1, 7);
    writeWav(at('heard.wav'), S16, frames);
    const recording = weir('record', at('rec.wav'), '--source', 'quiet', '--seconds', '3');
    await eventually(({ streams }) => streams.some(({ device }) => device === 'quiet.monitor'));
    await weir('play', at('heard.wav'), '--device', 'quiet');
    expect(await recording).toMatchObject({ status: 0, stderr: '' });
    const recorded = samplesOf(at('rec.wav'));
    expect(recorded.length).toBe(3 * 48000 * 4);
    expect(recorded.includes(frames)).toBe(true);
  }, 15_000);

  test('SIGTERM leaves a whole WAV behind', async () => {
    const child = startWeir(['record', at('cut.wav'), '--socket', server.socket]);
    await eventually(({ streams }) => streams.some(({ device }) => device === 'narrow.monitor'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(0);
    const file = readFileSync(at('cut.wav'));
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect(samplesOf(at('cut.wav')).length).toBeGreaterThan(0.2 * 48000 * 4);
  });

  test('a path that cannot be written is one line and leaves no stream', async () => {
    const { status: code, stderr } = await weir('record', join(server.folder, 'no', 'such.wav'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: .*ENOENT.*\n$/);
    expect((await status()).streams).toEqual([]);
  });
});

describe('the mixer’s verbs', () => {
  test('volume, mute, move, default and kick do what they say', async () => {
    writeWav(at('song.wav'), S16, noise(S16, 60, 8));
    const child = startWeir(['play', at('song.wav'), '--device', 'quiet', '--socket', server.socket]);
    const { streams } = await eventually((seen) => seen.streams.some(({ state }) => state === 'playing'));
    const number = String(streams[0]?.stream);

    expect(await weir('volume', 'quiet', '80')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await weir('volume', number, '25%')).toMatchObject({ status: 0 });
    expect(await weir('mute', 'SONG')).toMatchObject({ status: 0 });
    let seen = await status();
    expect(seen.devices.find(({ name }) => name === 'quiet')?.volume).toBeCloseTo(0.8);
    expect(seen.streams[0]).toMatchObject({ volume: 0.25, muted: true });

    expect(await weir('mute', number, 'off')).toMatchObject({ status: 0 });
    expect(await weir('move', 'song.wav', 'narrow')).toMatchObject({ status: 0 });
    seen = await eventually((now) => now.streams[0]?.device === 'narrow');
    expect(seen.streams[0]?.muted).toBe(false);

    expect(await weir('default', 'quiet')).toMatchObject({ status: 0 });
    seen = await status();
    expect(seen.devices.filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(['quiet']);
    expect(await weir('default', 'narrow')).toMatchObject({ status: 0 });

    let stderr = '';
    child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
    expect(await weir('kick', 'weir play')).toMatchObject({ status: 0 });
    expect(await exitOf(child)).toBe(1);
    expect(stderr).toMatch(/^weir: .*\[KICKED\].*\n$/);
  }, 20_000);

  test('what cannot be done is one line on standard error and status 1', async () => {
    for (const [args, code] of [
      [['volume', 'nobody', '50'], 'TARGET_UNKNOWN'],
      [['volume', '99', '50'], 'TARGET_UNKNOWN'],
      [['move', '99', 'quiet'], 'TARGET_UNKNOWN'],
      [['default', 'nobody'], 'DEVICE_NOT_FOUND'],
      [['kick', '99'], 'TARGET_UNKNOWN'],
      [['volume', 'monitor', '50'], 'TARGET_AMBIGUOUS'],
      [['record', at('x.wav'), '--source', 'nobody'], 'DEVICE_NOT_FOUND'],
      [['play', at('in16.wav'), '--device', 'nobody'], 'DEVICE_NOT_FOUND'],
    ] as const) {
      const ran = await weir(...args);
      expect(ran).toMatchObject({ status: 1, stdout: '' });
      expect(ran.stderr).toMatch(new RegExp(`^weir: .*\\[${code}\\].*\\n$`));
    }
  }, 20_000);
});

describe('weir status', () => {
  test('is a table for people', async () => {
    const { stdout } = await weir('status');
    for (const word of ['Devices', 'narrow', 'wide', 'quiet.monitor', 's32 44100 Hz 2 ch', 'weir status', 'Streams']) {
      expect(stdout).toContain(word);
    }
  });
});

describe('the launcher', () => {
  test('wrong usage is status 2 and one line; help is status 0', async () => {
    for (const args of [
      ['play'],
      ['volume', 'a', '151'],
      ['record', 'x', '--seconds', '0'],
      ['frobnicate'],
      ['status', '--xml'],
    ]) {
      const ran = await runWeir(args);
      expect(ran.status).toBe(2);
      expect(ran.stderr).toMatch(/^weir: [^\n]+\n$/);
    }
    for (const args of [['--help'], ['play', '--help'], ['serve', '--help'], ['--version']]) {
      expect(await runWeir(args)).toMatchObject({ status: 0, stderr: '' });
    }
  }, 20_000);

  test('no server is status 1 and says what to do', async () => {
    const env = { WEIR_RUNTIME_DIR: join(server.folder, 'nobody-here') };
    const { status: code, stderr } = await runWeir(['status'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: .*\[SERVER_NOT_FOUND\].*weir serve.*\n$/);
  });

  test.skipIf(process.getuid?.() !== 0)('another user’s server in the default place is not trusted', async () => {
    const runtime = mkdtempSync(join(tmpdir(), 'weir-foreign-'));
    const home = join(runtime, 'weir');
    mkdirSync(home);
    for (const dir of [runtime, home]) chmodSync(dir, 0o777);
    const script = `require('net').createServer().listen('${home}/weir.sock', () => console.log('up'))`;
    const foreign = spawn(process.execPath, ['-e', script], {
      uid: 65534,
      gid: 65534,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(foreign.stdout, 'data');
    const env = { XDG_RUNTIME_DIR: runtime, WEIR_RUNTIME_DIR: undefined };
    const ran = await runWeir(['status'], { env });
    foreign.kill();
    rmSync(runtime, { recursive: true });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/^weir: .*served by user 65534.*\[SERVER_UNTRUSTED\].*\n$/);
  });

  test('before the first build it says what to run', () => {
    mkdirSync(at('bare/server/cli'), { recursive: true });
    copyFileSync('server/cli/weir', at('bare/server/cli/weir'));
    const { status: code, stderr } = spawnSync(at('bare/server/cli/weir'), ['status'], { encoding: 'utf8' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: not built yet; run "npm start" once in .*bare\n$/);
  });

  test('works through symbolic links', async () => {
    symlinkSync(join(process.cwd(), 'server/cli/weir'), at('linked'));
    symlinkSync('linked', at('twice'));
    expect(existsSync(at('twice'))).toBe(true);
    const out = execFileSync(at('twice'), ['--version'], { encoding: 'utf8' });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a server that dies', () => {
  test('ends its clients with one line each', async () => {
    await using other = await startServer();
    writeWav(join(other.folder, 'long.wav'), S16, noise(S16, 30, 9));
    const player = startWeir(['play', join(other.folder, 'long.wav'), '--socket', other.socket]);
    const recorder = startWeir(['record', join(other.folder, 'rec.wav'), '--socket', other.socket]);
    const said = new Map<unknown, string>();
    for (const child of [player, recorder]) {
      child.stderr?.on('data', (text: Buffer) => said.set(child, (said.get(child) ?? '') + text.toString()));
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    other.process.kill('SIGKILL');
    for (const child of [player, recorder]) {
      expect(await exitOf(child)).toBe(1);
      expect(said.get(child)).toMatch(/^weir: .*\[SERVER_GONE\].*\n$/);
    }
  }, 20_000);
});
