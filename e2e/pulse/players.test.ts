import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../eventually.js';
import { type Server, startServer } from '../server.js';
import { bytesOf, sine } from '../tone.js';
import { noise, writeWav } from '../wav.js';
import { Ear } from './ear.js';
import { HZ, LEVEL, loudness } from './loudness.js';
import { listed, outputOf, runPulse, startPulse } from './program.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;
const SECOND_BYTES = 48_000 * 4;
const SDL_TESTS = '/usr/libexec/installed-tests/SDL2';
/** Exact is what never starved, and a busy machine may starve any program: what fails four times is broken. */
const STARVED = { retry: 3 };

let server: Server;
const at = (name: string): string => join(server.folder, name);
const sound = noise(SPEC, 1);

beforeAll(async () => {
  server = await startServer({ devices: ['null:hall', 'null:yard?rate=44100'] });
  writeWav(at('tone.wav'), SPEC, bytesOf(sine(HZ, LEVEL, 1)));
  writeWav(at('long.wav'), SPEC, bytesOf(sine(HZ, LEVEL, 60)));
  writeWav(at('noise.wav'), SPEC, sound);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** What the hall plays while `play` runs. */
async function heardOf(play: () => Promise<unknown>): Promise<Buffer> {
  await using ear = await Ear.open(server, 'hall.monitor');
  await play();
  return await ear.afterwards();
}

describe('ALSA’s programs, by alsa-plugins', () => {
  test('aplay loses nothing and changes nothing', STARVED, async () => {
    const heard = await heardOf(() => outputOf(server, 'aplay', ['-q', at('noise.wav')]));
    expect(heard.equals(sound)).toBe(true);
  });
});

describe('ffmpeg', () => {
  // It leaves without waiting for its sound: it is heard while it plays.
  test('plays, until it is ended', async () => {
    await using ear = await Ear.open(server, 'hall.monitor');
    const from = ['-loglevel', 'error', '-i', at('long.wav')];
    {
      await using _player = startPulse(server, 'ffmpeg', [...from, '-f', 'pulse', 'tones']);
      await eventually(
        'its tone',
        async () => Math.abs(loudness(await ear.next(0.1)) - LEVEL) < 0.05 * LEVEL || undefined,
      );
      const [stream] = await listed(server, 'sink-inputs');
      expect(stream?.properties['media.name']).toBe('tones');
    }
    // It fades in the quantum after its process has gone: the next test's ear is not to hear that.
    await ear.afterwards();
  });
});

describe('mpv', () => {
  test('offers formats instead of asking for one, and is heard bit for bit', STARVED, async () => {
    const quiet = ['--no-config', '--no-terminal', '--ao=pulse'];
    const heard = await heardOf(() => outputOf(server, 'mpv', [...quiet, at('noise.wav')]));
    // It lets its stream run dry instead of draining it: the last quantum fades.
    const exactBytes = sound.length - 0.02 * SECOND_BYTES;
    expect(heard.subarray(0, exactBytes).equals(sound.subarray(0, exactBytes))).toBe(true);
    expect(heard.length).toBeGreaterThanOrEqual(sound.length);
  });

  test('pauses and goes on', async () => {
    const socket = at('mpv.sock');
    const options = ['--no-config', '--no-terminal', '--ao=pulse', `--input-ipc-server=${socket}`];
    await using ear = await Ear.open(server, 'hall.monitor');
    await using _player = startPulse(server, 'mpv', [...options, at('long.wav')]);
    const becomes = (corked: boolean) =>
      eventually(`corked: ${corked}`, async () => {
        const [stream] = await listed(server, 'sink-inputs');
        const level = loudness(await ear.next(0.1));
        const sounds = corked ? level < LEVEL / 1000 : Math.abs(level - LEVEL) < 0.05 * LEVEL;
        return (stream?.corked === corked && sounds) || undefined;
      });
    await becomes(false);
    const remote = connectSocket(socket);
    await once(remote, 'connect');
    remote.write('{"command":["set_property","pause",true]}\n');
    await becomes(true);
    remote.write('{"command":["set_property","pause",false]}\n');
    await becomes(false);
    remote.destroy();
  });
});

describe('SDL 2', () => {
  test('finds the outputs, their rates and the default one', async () => {
    const env = { SDL_AUDIODRIVER: 'pulseaudio' };
    const { status, stderr } = await runPulse(server, `${SDL_TESTS}/testaudioinfo`, [], { env });
    expect(status).toBe(0);
    const said = stderr.replace(/^INFO: +/gm, '');
    expect(said).toContain('Found 2 output devices:\n');
    expect(said).toContain('0: hall\nSample Rate: 48000\nChannels: 2\n');
    expect(said).toContain('1: yard\nSample Rate: 44100\n');
    expect(said).toContain('Default Output Name: hall');
  });

  test('plays on each output, and on both at once', async () => {
    const env = { SDL_AUDIODRIVER: 'pulseaudio', SDL_VIDEODRIVER: 'dummy' };
    await using yard = await Ear.open(server, 'yard.monitor', { rate: 44_100 });
    const heard = await heardOf(() => outputOf(server, `${SDL_TESTS}/testmultiaudio`, [at('tone.wav')], { env }));
    // On the hall, then on the yard, then on both.
    expect(loudness(heard.subarray(0, SECOND_BYTES / 2))).toBeGreaterThan(LEVEL / 2);
    expect(loudness(heard.subarray(heard.length - SECOND_BYTES / 2))).toBeGreaterThan(LEVEL / 2);
    expect(heard.length).toBeGreaterThan(2.7 * SECOND_BYTES);
    expect((await yard.afterwards()).length).toBeGreaterThan(1.7 * SECOND_BYTES);
  });
});
