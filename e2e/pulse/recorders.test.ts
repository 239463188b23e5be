import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../server.js';
import { bytesOf, sine } from '../tone.js';
import { samplesOf, writeWav } from '../wav.js';
import { Ear } from './ear.js';
import { HZ, LEVEL, loudness } from './loudness.js';
import { outputOf, type Running, startPulse } from './program.js';

let server: Server;
let player: Running;
const at = (name: string): string => join(server.folder, name);

/** The hall has a tone for all of them. */
beforeAll(async () => {
  server = await startServer({ devices: ['null:hall'] });
  writeWav(at('tone.wav'), { format: 's16', rate: 48_000, channels: 2 }, bytesOf(sine(HZ, LEVEL, 60)));
  player = startPulse(server, 'paplay', ['--latency-msec=300', at('tone.wav')]);
  await using ear = await Ear.open(server, 'hall.monitor');
  while (loudness(await ear.next(0.1)) < LEVEL / 2);
});

afterAll(async () => {
  await player[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('arecord, by alsa-plugins, at another rate', async () => {
  await outputOf(server, 'arecord', ['-q', '-d', '1', '-f', 'S16_LE', '-r', '44100', '-c', '2', at('a.wav')]);
  const sound = samplesOf(at('a.wav'));
  expect(sound.length).toBe(44_100 * 4);
  expect(loudness(sound, 44_100)).toBeCloseTo(LEVEL, 2);
});

test('ffmpeg', async () => {
  const from = ['-f', 'pulse', '-i', 'hall.monitor'];
  await outputOf(server, 'ffmpeg', ['-loglevel', 'error', ...from, '-t', '1', '-f', 's16le', at('f.raw')]);
  const sound = readFileSync(at('f.raw'));
  // It counts by the time that the latency tells, not by frames.
  expect(sound.length / (48_000 * 4)).toBeCloseTo(1, 0);
  expect(loudness(sound)).toBeCloseTo(LEVEL, 2);
});
