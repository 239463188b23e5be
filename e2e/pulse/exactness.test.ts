import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { type Server, startServer } from '../server.js';
import { noise } from '../wav.js';
import { Ear } from './ear.js';
import { outputOf, runPulse } from './program.js';

const RATE = 48_000;

/** Each format that an output can have, what pacat calls it, and a second of noise in it. */
const FORMATS = [
  { format: 's16', pulse: 's16le', sound: noise({ format: 's16', rate: RATE, channels: 2 }, 1) },
  { format: 's24', pulse: 's24le', sound: noise({ format: 's24', rate: RATE, channels: 2 }, 1) },
  { format: 's32', pulse: 's32le', sound: noise({ format: 's32', rate: RATE, channels: 2 }, 1) },
  { format: 'f32', pulse: 'float32le', sound: floatNoise(RATE * 2) },
] as const;
const [{ sound: S16_NOISE }] = FORMATS;

/** Exact is what never starved, and a busy machine may starve any program: what fails four times is broken. */
const STARVED = { retry: 3 };

let server: Server;

beforeAll(async () => {
  server = await startServer({
    devices: [...FORMATS.map(({ format }) => `null:${format}?format=${format}`), 'null:cinema?channels=6'],
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** Of all values from −1 to 1 that 24 bits can tell apart, none of them silence. */
function floatNoise(samples: number): Buffer {
  const steps = noise({ format: 's32', rate: samples, channels: 1 }, 1);
  const sound = Buffer.alloc(samples * 4);
  for (let i = 0; i < samples; i++) sound.writeFloatLE(((steps.readInt32LE(i * 4) >> 8) | 1) / 2 ** 23, i * 4);
  return sound;
}

const raw = (pulse: string) => ['--raw', `--format=${pulse}`, `--rate=${RATE}`, '--channels=2'];

describe.each([
  { how: 'shared memory', shares: 'yes' },
  { how: 'the socket alone', shares: 'no' },
])('by $how', ({ shares }) => {
  test.each(FORMATS)('$format comes out of the monitor bit for bit', STARVED, async ({ format, pulse, sound }) => {
    const config = join(server.folder, 'client.conf');
    writeFileSync(config, `enable-shm = ${shares}\n`);
    const env = { PULSE_CLIENTCONFIG: config, PULSE_LOG: '4' };
    await using ear = await Ear.open(server, `${format}.monitor`, { format: pulse, frameBytes: sound.length / RATE });
    const played = await runPulse(server, 'pacat', [...raw(pulse), `--device=${format}`], { input: sound, env });
    expect(played.status).toBe(0);
    expect(played.stderr).toContain(`Negotiated SHM: ${shares}`);
    const heard = await ear.afterwards();
    expect(heard.length).toBe(sound.length);
    expect(heard.equals(sound)).toBe(true);
  });
});

describe('no frame is lost at the end', () => {
  test.each([
    { length: 'short', latency: ['--latency-msec=100'] },
    { length: 'long', latency: ['--latency-msec=1500'] },
  ])('with a $length latency', STARVED, async ({ latency }) => {
    await using ear = await Ear.open(server, 's16.monitor');
    await outputOf(server, 'pacat', [...raw('s16le'), ...latency], { input: S16_NOISE });
    const heard = await ear.afterwards();
    expect(heard.length).toBe(S16_NOISE.length);
    expect(heard.equals(S16_NOISE)).toBe(true);
  });

  test('of a sound shorter than one period', STARVED, async () => {
    await using ear = await Ear.open(server, 's16.monitor');
    const blip = S16_NOISE.subarray(0, 37 * 4);
    await outputOf(server, 'pacat', raw('s16le'), { input: blip });
    expect((await ear.afterwards()).equals(blip)).toBe(true);
  });
});

describe('a stereo stream on an output of six channels', () => {
  /** Channels left, right, centre, subwoofer, rear left, rear right; what of the stream each one is. */
  test.each([
    { flags: ['--no-remap'], map: 'rear-left,rear-right', heard: [0, 1, -1, -1, -1, -1] },
    { flags: ['--no-remix'], map: 'rear-left,rear-right', heard: [-1, -1, -1, -1, 0, 1] },
    { flags: ['--no-remix'], map: 'side-left,front-left', heard: [1, -1, -1, -1, -1, -1] },
  ])('$flags, $map', STARVED, async ({ flags, map, heard }) => {
    await using ear = await Ear.open(server, 'cinema.monitor', { frameBytes: 12, channels: 6 });
    await outputOf(server, 'pacat', [...raw('s16le'), ...flags, `--channel-map=${map}`, '--device=cinema'], {
      input: S16_NOISE,
    });
    const frames = S16_NOISE.length / 4;
    const expected = Buffer.alloc(frames * 12);
    for (let i = 0; i < frames; i++) {
      heard.forEach((channel, place) => {
        if (channel >= 0) S16_NOISE.copy(expected, i * 12 + place * 2, i * 4 + channel * 2, i * 4 + channel * 2 + 2);
      });
    }
    const sound = await ear.afterwards();
    expect(sound.length).toBe(expected.length);
    expect(sound.equals(expected)).toBe(true);
  });
});
