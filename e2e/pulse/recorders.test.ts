import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.js';
import { type Server, startServer } from '../server.js';
import { amplitudeOf, bytesOf, samplesOfBytes, sine } from '../tone.js';
import { samplesOf, writeWav } from '../wav.js';
import { Ear } from './ear.js';
import { HZ, LEVEL, loudness } from './loudness.js';
import { listed, outputOf, pactl, type Running, startPulse } from './program.js';

let server: Server;
let player: Running;
const at = (name: string): string => join(server.folder, name);

/** Of the tone that all of them hear, and of one an octave higher. */
function amplitudes(sound: Buffer): { own: number; other: number } {
  const samples = samplesOfBytes(new Uint8Array(sound));
  return { own: amplitudeOf(HZ, samples, 48_000), other: amplitudeOf(2 * HZ, samples, 48_000) };
}

/** The hall has a tone for all of them. */
beforeAll(async () => {
  server = await startServer({ devices: ['null:hall', 'null:yard'] });
  writeFileSync(at('other.raw'), bytesOf(sine(2 * HZ, LEVEL / 2, 60)));
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

test('parec --monitor-stream hears one program and no other, wherever that plays, and ends with it', async () => {
  const shape = ['--raw', '--format=s16le', '--channels=2', '--rate=48000', '--latency-msec=100'];
  const player = startPulse(server, 'pacat', [...shape, at('other.raw')]);
  const input = await eventually('a second sink input', async () => (await listed(server, 'sink-inputs'))[1]);
  await using recorder = startPulse(server, 'parec', [`--monitor-stream=${input.index}`, ...shape]);
  const end = new Promise<number | null>((settle) => recorder.process.once('exit', settle));
  const hearsIt = (what: string) =>
    eventually(what, () => {
      const sound = recorder.output().subarray(-19_200);
      return (sound.length === 19_200 && amplitudes(sound)) || undefined;
    });
  await pactl(server, 'move-sink-input', `${input.index}`, 'yard');
  for (const place of ['hall', 'yard', 'hall']) {
    await pactl(server, 'move-sink-input', `${input.index}`, place);
    await eventually(`alone in the ${place}`, async () => {
      const { own, other } = await hearsIt(place);
      return (Math.abs(other - LEVEL / 2) < 0.01 && own < 0.001) || undefined;
    });
  }
  await player[Symbol.asyncDispose]();
  expect(await end).not.toBe(0);
});

test('ffmpeg', async () => {
  const from = ['-f', 'pulse', '-i', 'hall.monitor'];
  await outputOf(server, 'ffmpeg', ['-loglevel', 'error', ...from, '-t', '1', '-f', 's16le', at('f.raw')]);
  const sound = readFileSync(at('f.raw'));
  // It counts by the time that the latency tells, not by frames.
  expect(sound.length / (48_000 * 4)).toBeCloseTo(1, 0);
  expect(loudness(sound)).toBeCloseTo(LEVEL, 2);
});
