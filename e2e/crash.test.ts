import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, type Weir } from '../native-shim/client/index.js';
import { QUANTUM_MAX_FRAMES } from '../server/engine/limits.js';
import { readWav } from '../server/device/testing/wav-frames.js';
import { COUNTER, counterFrames, runsOf, runsOfWav } from './counter.js';
import { eventually } from './eventually.js';
import { NativeBystander } from './hostile/bystander-process.js';
import { expectUndisturbed, NATIVE_CAST } from './hostile/native-cast.js';
import { Siege } from './hostile/siege.js';
import { type Server, startServer } from './server.js';
import { writeWav } from './wav.js';
import { exitOf, startWeir } from './weir-process.js';

/** "Noticed within 2 s" is the promise. */
const GONE_LIMIT_MS = 2000;

/** The names of the streams there are. */
async function streamNames(weir: Weir): Promise<string[]> {
  return (await weir.snapshot()).streams.map(({ name }) => name).sort();
}

describe('kill -9 of a client', () => {
  test('playing or recording: its stream is gone within 2 s, and another client plays on bit for bit', async () => {
    await using siege = await Siege.begin(NATIVE_CAST);
    const before = await streamNames(siege.keeper);
    const player = NativeBystander.start(siege.server.socket, 'yard');
    const recorder = startWeir([
      'record',
      join(siege.server.folder, 'heard.wav'),
      '--source',
      'hall',
      '--socket',
      siege.server.socket,
    ]);
    await eventually(
      'both are there',
      async () => (await streamNames(siege.keeper)).length === before.length + 2 || undefined,
    );
    await sleep(500);
    player.kill();
    recorder.kill('SIGKILL');
    const began = performance.now();
    await eventually(
      'their streams are gone',
      async () => (await streamNames(siege.keeper)).join() === before.join() || undefined,
    );
    expect(performance.now() - began).toBeLessThan(GONE_LIMIT_MS);
    await siege.rest();
    expectUndisturbed(await siege.end());
  }, 60_000);
});

/** A server that `weir play` plays minutes of counted frames to. */
async function playLong(): Promise<{ server: Server; weir: Weir; ended: Promise<{ status: number; said: string }> }> {
  const server = await startServer({ devices: ['file:%/out.wav?name=disk'] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const song = join(server.folder, 'long.wav');
  writeWav(song, COUNTER, counterFrames(1, 120 * COUNTER.rate));
  const child = startWeir(['play', song, '--latency', '500', '--socket', server.socket]);
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  const weir = await connect({ name: 'watcher', socket: server.socket });
  await eventually(
    'it plays',
    async () => (await weir.snapshot()).streams.some(({ state }) => state === 'playing') || undefined,
  );
  return { server, weir, ended: exitOf(child).then((status) => ({ status, said })) };
}

describe('the server ends in mid-play', () => {
  test('kill -9: the file is a WAV that holds everything up to the last second, and the client says so', async () => {
    const { server, ended } = await playLong();
    const began = performance.now();
    await sleep(4000);
    const playedS = (performance.now() - began) / 1000;
    server.process.kill('SIGKILL');
    const { status, said } = await ended;
    expect(status).toBe(1);
    expect(said).toMatch(/^weir: .*\[SERVER_GONE\].*\n$/);
    const file = join(server.folder, 'out.wav');
    // A reader that knows nothing of Weir agrees with what the header says.
    const runs = runsOf(readWav(file).frames);
    expect(runs).toEqual([{ at: expect.any(Number) as number, first: 1, frames: expect.any(Number) as number }]);
    expect(runs[0]?.frames).toBeGreaterThan((playedS - 1) * COUNTER.rate);
    expect(runs[0]?.frames).toBeLessThan((playedS + 3) * COUNTER.rate);
  }, 60_000);

  test('SIGTERM: the file is finished, the exit clean, and the client told', async () => {
    const { server, ended } = await playLong();
    await sleep(2000);
    expect(await server.stop()).toBe(0);
    expect(await ended).toMatchObject({
      status: 1,
      said: expect.stringMatching(/^weir: .*\[GOING_DOWN\].*\n$/) as string,
    });
    const path = join(server.folder, 'out.wav');
    const file = readFileSync(path);
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect(existsSync(server.socket)).toBe(false);
    const [first, ...fading] = runsOfWav(path);
    expect(first).toMatchObject({ first: 1 });
    expect(first?.frames).toBeGreaterThan(COUNTER.rate);
    // What follows is the quantum in which it fades out, and nothing else.
    const end = (first?.at ?? 0) + (first?.frames ?? 0);
    for (const { at } of fading) expect(at - end).toBeLessThan(QUANTUM_MAX_FRAMES);
  }, 60_000);
});
