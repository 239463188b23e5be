import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrameSpec } from '../../server/device/output-driver.js';
import { eventually } from '../eventually.js';
import { startServer } from '../server.js';
import { noise, samplesOf, writeWav } from '../wav.js';
import { Ear } from './ear.js';
import { outputOf, pactl, runPulse, startPulse } from './program.js';

const S16: FrameSpec = { format: 's16', rate: 48_000, channels: 2 };
/** Of S16, a second. */
const RATE_BYTES = 48_000 * 4;
const RAW = ['--raw', '--rate=48000', '--channels=2', '--format=s16le'];

let folder: string;
let file: string;
const frames = noise(S16, 1.5, 7);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-pulse-'));
  file = join(folder, 'noise.wav');
  writeWav(file, S16, frames);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('PulseAudio programs, as Debian has them', () => {
  test.each([
    ['with memory that it shares', 'yes'],
    ['over the socket alone', 'no'],
  ])('paplay is heard bit for bit, %s', async (_, shares) => {
    const config = join(folder, 'client.conf');
    writeFileSync(config, `enable-shm = ${shares}\n`);
    const env = { PULSE_CLIENTCONFIG: config };
    await using server = await startServer({ devices: [`file:${folder}/played.wav?name=disk`] });
    const end = await runPulse(server, 'paplay', ['--latency-msec=300', file], { env });
    expect(end).toMatchObject({ status: 0, stderr: '' });
    await server.stop();
    expect(samplesOf(join(folder, 'played.wav')).includes(frames)).toBe(true);
  });

  test('parec hears the monitor bit for bit', async () => {
    await using server = await startServer();
    await using recording = startPulse(server, 'parec', ['-d', 'null.monitor', ...RAW, '--latency-msec=50']);
    await eventually('recording', async () => {
      return (await pactl(server, 'list', 'short', 'source-outputs')) === '' ? undefined : true;
    });
    expect((await runPulse(server, 'paplay', ['--latency-msec=300', file])).status).toBe(0);
    await eventually('all of it', () => (recording.output().includes(frames) ? true : undefined));
  });

  test('pactl shows and moves what is there', async () => {
    await using server = await startServer({ devices: ['null:left', 'null:right'] });
    expect(await pactl(server, 'info')).toMatch(/Default Sink: left[^]*/);
    expect(await pactl(server, 'list', 'short', 'sinks')).toMatch(/^0\tleft\t[^\n]*\n1\tright\t/);
    await pactl(server, 'set-default-sink', 'right');
    expect(await pactl(server, 'get-default-sink')).toBe('right\n');
    await pactl(server, 'set-sink-volume', '@DEFAULT_SINK@', '50%');
    expect(await pactl(server, 'get-sink-volume', 'right')).toMatch(/front-left: 32768 /);
    await pactl(server, 'set-sink-mute', 'right', 'toggle');
    expect(await pactl(server, 'get-sink-mute', 'right')).toBe('Mute: yes\n');
    await using _playing = startPulse(server, 'pacat', [...RAW, '/dev/zero']);
    const input = await eventually('a sink input', async () => {
      return /^(\d+)\t/.exec(await pactl(server, 'list', 'short', 'sink-inputs'))?.[1];
    });
    await pactl(server, 'move-sink-input', input, 'left');
    await pactl(server, 'set-sink-input-volume', input, '30000', '60000');
    const shown = await pactl(server, 'list', 'sink-inputs');
    expect(shown).toMatch(/Sink: 0\n/);
    expect(shown).toMatch(/front-left: 30000 .* front-right: 60000 /);
  });

  test('an output whose name is no ASCII is named by it', async () => {
    await using server = await startServer({ devices: ['null', 'null:Küche'] });
    await pactl(server, 'set-sink-volume', 'Küche', '50%');
    expect(await pactl(server, 'get-sink-volume', 'Küche')).toContain('50%');
    expect(await runPulse(server, 'paplay', ['--device=Küche', file])).toMatchObject({ status: 0, stderr: '' });
  });

  test.each([
    ['load-module', 'module-null-sink'],
    ['unload-module', '0'],
    ['suspend-sink', 'nobody', '1'],
    ['move-sink-input', '4711', '0'],
  ])('pactl %s is refused, and nothing else happens', async (...args) => {
    await using server = await startServer();
    expect((await runPulse(server, 'pactl', args)).status).not.toBe(0);
    expect(await pactl(server, 'info')).toMatch(/Default Sink: null\n/);
  });

  test(
    'pasuspender has the device for itself; what plays there stands still, and goes on where it was',
    { retry: 3 },
    async () => {
      await using server = await startServer();
      await using ear = await Ear.open(server, 'null.monitor');
      const playing = outputOf(server, 'pacat', ['--playback', ...RAW], { input: frames });
      await ear.next(0.3);
      const script = 'pactl list short sinks; sleep 1; pactl list short sinks';
      const before = ear.sound.length;
      const states = await outputOf(server, 'pasuspender', ['--', 'sh', '-c', script]);
      expect(states.match(/SUSPENDED/g)).toHaveLength(2);
      // What was on its way, and not a second more.
      expect(ear.sound.length - before).toBeLessThan(RATE_BYTES / 2);
      await playing;
      const heard = await ear.afterwards();
      const end = RATE_BYTES / 4;
      expect(heard.subarray(-end).equals(frames.subarray(-end))).toBe(true);
      expect(Math.abs(heard.length - frames.length)).toBeLessThan(RATE_BYTES / 10);
      expect(await pactl(server, 'list', 'short', 'sinks')).toContain('RUNNING');
    },
  );

  test('pactl subscribe hears of streams that come and go', async () => {
    await using server = await startServer();
    await using listening = startPulse(server, 'pactl', ['subscribe']);
    await eventually('a subscription', async () => {
      await runPulse(server, 'paplay', ['--latency-msec=100', file]);
      // Of the first one it may have heard the end alone.
      return (
        /'new' on sink-input #(\d+)\n[^]*'remove' on sink-input #\1\n/.test(listening.output().toString()) || undefined
      );
    });
  });

  test('a sample is uploaded, played and removed, each by a pactl of its own', async () => {
    await using server = await startServer({ devices: [`file:${folder}/sample.wav?name=disk`] });
    await using events = startPulse(server, 'pactl', ['subscribe']);
    await eventually('a subscription', async () => {
      await pactl(server, 'set-sink-mute', 'disk', 'toggle');
      return events.output().length > 0 || undefined;
    });
    await pactl(server, 'set-sink-mute', 'disk', '0');
    expect(await pactl(server, 'upload-sample', file, 'bell')).toBe('');
    expect(await pactl(server, 'list', 'short', 'samples')).toMatch(/^0\tbell\tfloat32le 2ch 48000Hz\t1\.500\n$/);
    expect(await pactl(server, 'stat')).toMatch(/Sample cache size: 56/i);
    await pactl(server, 'play-sample', 'bell');
    await pactl(server, 'remove-sample', 'bell');
    expect((await runPulse(server, 'pactl', ['play-sample', 'bell'])).stderr).toContain('No such entity');
    expect(await pactl(server, 'list', 'short', 'samples')).toBe('');
    await eventually('it was heard', () => /'remove' on sink-input/.test(events.output().toString()) || undefined);
    expect(events.output().toString()).toMatch(/'new' on sample-cache #0[^]*'remove' on sample-cache #0/);
    await server.stop();
    expect(samplesOf(join(folder, 'sample.wav')).includes(frames)).toBe(true);
  });
});
