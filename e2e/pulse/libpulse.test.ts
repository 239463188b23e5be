import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.js';
import { compilePulseProgram } from '../native-program.js';
import { type Server, startServer } from '../server.js';
import { Ear } from './ear.js';
import { outputOf, runPulse, startPulse } from './program.js';

const RATE = 48_000;
const RAMP_FRAMES = 2 * RATE;
/** The ramp's step (e2e/c/pulse-program.c): each frame is a number that floats hold exactly. */
const STEP = 2 ** -18;
const FLOATS = { format: 'float32le', frameBytes: 8 };
/** What plays must not starve, and a busy machine may starve any program: what fails four times is broken. */
const STARVED = { retry: 3 };

let folder: string;
let program: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-libpulse-'));
  program = compilePulseProgram(folder);
  server = await startServer({ devices: ['null:hall?format=f32'] });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Left and right, as numbers of the ramp's frames. */
function framesOf(sound: Buffer): { left: number; right: number }[] {
  return Array.from({ length: Math.floor(sound.length / 8) }, (_, i) => ({
    left: sound.readFloatLE(i * 8) / STEP,
    right: sound.readFloatLE(i * 8 + 4) / STEP,
  }));
}

test('streams of a sync group begin with one frame, and none before all can', STARVED, async () => {
  await using ear = await Ear.open(server, 'hall.monitor', FLOATS);
  await outputOf(server, program, ['together', 'hall']);
  const frames = framesOf(await ear.afterwards());
  expect(frames.length).toBe(RAMP_FRAMES);
  expect(frames.find(({ left, right }, i) => left !== i + 1 || right !== i + 1)).toBeUndefined();
});

test('they stop and go on together, whichever of them is told', STARVED, async () => {
  await using ear = await Ear.open(server, 'hall.monitor', FLOATS);
  await outputOf(server, program, ['together', 'hall', 'cork']);
  await ear.next(0.2);
  const frames = framesOf(ear.sound);
  expect(frames.find(({ left, right }) => left !== right)).toBeUndefined();
  expect(frames.some(({ left }) => left === RAMP_FRAMES)).toBe(true);
});

test('a stream’s time goes on as the clock does, and never back', STARVED, async () => {
  const said = await outputOf(server, program, ['time', 'hall', '2']);
  const lines = said
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  const playing = lines
    .filter(([, , plays]) => plays === 1)
    .map(([clockUs = 0, heardUs = 0]) => ({ clockUs, heardUs }));
  expect(playing.length).toBeGreaterThan(50);
  const back = playing.filter(({ heardUs }, i) => heardUs < (playing[i - 1]?.heardUs ?? 0));
  expect(back).toEqual([]);
  // By the clock it may be off by what a busy machine keeps the program from looking.
  const [first, last] = [playing.find(({ heardUs }) => heardUs > 0), playing.at(-1)];
  const apartUs = (last?.heardUs ?? 0) - (first?.heardUs ?? 0) - ((last?.clockUs ?? 0) - (first?.clockUs ?? 0));
  expect(Math.abs(apartUs)).toBeLessThan(20_000);
});

test('a stream that will not be on a suspended output ends there, and does not begin', async () => {
  await using playing = startPulse(server, program, ['unless-suspended', 'hall']);
  const says = (text: string) =>
    eventually(JSON.stringify(text), () => playing.output().toString() === text || undefined);
  await says('playing\n');
  await outputOf(server, 'pactl', ['suspend-sink', 'hall', '1']);
  await says('playing\nEntity killed\n');
  const { status, stderr } = await runPulse(server, program, ['unless-suspended', 'hall']);
  expect([status, stderr]).toEqual([1, 'stream: Bad state\n']);
  await outputOf(server, 'pactl', ['suspend-sink', 'hall', '0']);
  await using again = startPulse(server, program, ['unless-suspended', 'hall']);
  await eventually('it plays', () => again.output().toString() === 'playing\n' || undefined);
});
