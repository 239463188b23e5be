import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../server.js';
import { Ear } from './ear.js';
import { HZ, LEVEL, loudness } from './loudness.js';
import { outputOf } from './program.js';

const SECONDS = 0.3;
const S24_32 = ['-e', 'signed', '-b', '32'];

/** How SoX writes each of PulseAudio's formats, beside the four that exactness.test.ts has. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  u8: ['-e', 'unsigned', '-b', '8'],
  alaw: ['-e', 'a-law', '-b', '8'],
  ulaw: ['-e', 'mu-law', '-b', '8'],
  s16le: ['-e', 'signed', '-b', '16', '-L'],
  s16be: ['-e', 'signed', '-b', '16', '-B'],
  s24be: ['-e', 'signed', '-b', '24', '-B'],
  s32be: ['-e', 'signed', '-b', '32', '-B'],
  float32be: ['-e', 'float', '-b', '32', '-B'],
  's24-32le': [...S24_32, '-L'],
  's24-32be': [...S24_32, '-B'],
};

let server: Server;

beforeAll(async () => {
  server = await startServer({ devices: ['null:hall'] });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function tone(format: string, rate: number, channels: number): Buffer {
  // The sample is the lower three of four bytes.
  const level = format.startsWith('s24-32') ? LEVEL / 256 : LEVEL;
  const shape = ['-r', `${rate}`, '-c', `${channels}`, '-t', 'raw', ...(FORMATS[format] ?? [])];
  return execFileSync('sox', ['-n', ...shape, '-', 'synth', `${SECONDS}`, 'sine', `${HZ}`, 'vol', `${level}`]);
}

test.each([
  ...Object.keys(FORMATS).map((format) => ({ format, rate: 48_000, channels: 2 })),
  ...[8000, 22_050, 44_100, 96_000, 192_000].map((rate) => ({ format: 's16le', rate, channels: 1 })),
])('$format at $rate Hz, channels: $channels', async ({ format, rate, channels }) => {
  await using ear = await Ear.open(server, 'hall.monitor');
  const shape = ['--raw', `--format=${format}`, `--rate=${rate}`, `--channels=${channels}`];
  const input = tone(format, rate, channels);
  await outputOf(server, 'pacat', [...shape, '--latency-msec=300'], { input });
  const heard = await ear.afterwards();
  expect(heard.length / (4 * 48_000)).toBeCloseTo(SECONDS, 1);
  expect(loudness(heard)).toBeCloseTo(LEVEL, 2);
});
