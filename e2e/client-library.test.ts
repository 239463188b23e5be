import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect, type MixerState, type Weir } from '../native-shim/client/index.js';
import type { FrameSpec } from '../native-shim/frame-spec.js';
import { noise, samplesOf } from './wav.js';
import { type Server, startServer } from './server.js';

const S16: FrameSpec = { format: 's16', rate: 48000, channels: 2 };
const FRAME_BYTES = 4;

let server: Server;
const joined: Weir[] = [];

async function joinServer(): Promise<Weir> {
  const weir = await connect({ name: 'library test', socket: server.socket });
  joined.push(weir);
  return weir;
}

beforeAll(async () => {
  server = await startServer({ devices: ['file:%/out.wav?name=disk', 'null:quiet', 'null:other'] });
}, 20_000);

afterEach(() => {
  for (const weir of joined.splice(0)) weir.close();
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await server[Symbol.asyncDispose]();
});

async function written(frames: Buffer): Promise<boolean> {
  for (let attempt = 0; attempt < 60; attempt++) {
    if (samplesOf(join(server.folder, 'out.wav')).includes(frames)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

describe('playback', () => {
  test.each(['ring', 'copies'] as const)(
    'by %s arrives bit for bit, in many small writes',
    async (transport) => {
      const frames = noise(S16, 1, transport === 'ring' ? 11 : 12);
      const weir = await joinServer();
      const stream = await weir.play({ ...S16, device: 'disk', transport, latencyMs: 50 });
      expect(stream.transport).toBe(transport);
      for (let at = 0; at < frames.length; at += 1000 * FRAME_BYTES) {
        await stream.write(frames.subarray(at, at + 1000 * FRAME_BYTES));
      }
      await stream.drain();
      await stream.close();
      expect(await written(frames)).toBe(true);
    },
    20_000,
  );

  test.each(['ring', 'copies'] as const)(
    'by %s arrives bit for bit, in one great write',
    async (transport) => {
      const frames = noise(S16, 2, transport === 'ring' ? 13 : 14);
      const weir = await joinServer();
      const stream = await weir.play({ ...S16, device: 'disk', transport, latencyMs: 100 });
      await stream.write(frames);
      await stream.drain();
      expect(await written(frames)).toBe(true);
    },
    20_000,
  );

  test.each([100, 20, 5])('at %d ms keeps no more in the ring than that', async (latencyMs) => {
    const weir = await joinServer();
    const stream = await weir.play({ ...S16, device: 'quiet', latencyMs });
    const kept: number[] = [];
    const writing = stream.write(noise(S16, 1));
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      kept.push(stream.status()?.queuedFrames ?? 0);
    }
    expect(Math.max(...kept)).toBeLessThanOrEqual(Math.max(256, (latencyMs * S16.rate) / 1000));
    expect(stream.status()).toMatchObject({ droppedFrames: 0 });
    await writing;
    await stream.drain();
    expect(stream.status()?.consumedFrames).toBe(S16.rate);
  });

  test('a pause holds what is queued; going on plays it to the end', async () => {
    const weir = await joinServer();
    const stream = await weir.play({ ...S16, device: 'quiet', latencyMs: 50 });
    const writing = stream.write(noise(S16, 1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await stream.pause(true);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const held = stream.status()?.consumedFrames;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stream.status()?.consumedFrames).toBe(held);
    await stream.pause(false);
    await writing;
    await stream.drain();
    expect(stream.status()?.consumedFrames).toBe(S16.rate);
  });

  test('tells what happens to it', async () => {
    const weir = await joinServer();
    const stream = await weir.play({ ...S16, device: 'quiet', latencyMs: 50 });
    const news: string[] = [];
    stream.onNews(({ kind, device }) => news.push(device === '' ? kind : `${kind} ${device}`));
    await stream.write(noise(S16, 0.2));
    await weir.move(stream.stream, 'other');
    await stream.write(noise(S16, 0.2));
    await stream.drain();
    expect(news).toContain('started');
    expect(news).toContain('moved other');
    expect(stream.device).toBe('other');
  });

  test('half a frame is refused before anything is sent', async () => {
    const weir = await joinServer();
    const stream = await weir.play({ ...S16, device: 'quiet' });
    await expect(stream.write(new Uint8Array(6))).rejects.toThrow(RangeError);
  });
});

describe('recording', () => {
  test.each(['ring', 'copies'] as const)(
    'a monitor by %s is bit for bit what was played',
    async (transport) => {
      const weir = await joinServer();
      const recording = await weir.record({ ...S16, device: 'quiet.monitor', transport, latencyMs: 20 });
      expect(recording.transport).toBe(transport);
      const frames = noise(S16, 1, 20);
      const chunks: Uint8Array[] = [];
      const collecting = (async () => {
        for await (const chunk of recording) chunks.push(chunk);
      })();
      const stream = await weir.play({ ...S16, device: 'quiet', latencyMs: 50 });
      await stream.write(frames);
      await stream.drain();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const status = recording.status();
      if (transport === 'copies') expect(status).toBeUndefined();
      else expect(status?.recordedFrames).toBeGreaterThanOrEqual(recording.readFrames);
      await recording.close();
      await collecting;
      expect(Buffer.concat(chunks).includes(frames)).toBe(true);
      expect(recording.lostFrames).toBe(0);
      expect(recording.readFrames * FRAME_BYTES).toBe(Buffer.concat(chunks).length);
    },
    15_000,
  );

  test('a reader that sleeps loses the oldest and knows how much', async () => {
    const weir = await joinServer();
    const recording = await weir.record({ ...S16, device: 'quiet.monitor', latencyMs: 10 });
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    for await (const chunk of recording) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    const seconds = (performance.now() - began) / 1000;
    expect(recording.lostFrames).toBeGreaterThan(S16.rate);
    expect((recording.lostFrames + recording.readFrames) / S16.rate).toBeLessThan(seconds + 0.5);
  });
});

describe('the mixer', () => {
  test('a watcher sees what another connection changes; a snapshot is the same', async () => {
    const [one, two] = [await joinServer(), await joinServer()];
    let seen: MixerState | undefined;
    const unwatch = await one.watch((state) => (seen = state));
    await two.setLevel({ device: 'quiet' }, { volume: 0.3, muted: true });
    const quiet = () => seen?.devices.find(({ name }) => name === 'quiet');
    for (let i = 0; i < 50 && quiet()?.muted !== true; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(quiet()?.volume).toBeCloseTo(0.3);
    expect((await two.snapshot()).devices.find(({ name }) => name === 'quiet')?.muted).toBe(true);
    unwatch();
    await two.setLevel({ device: 'quiet' }, { volume: 1, muted: false });
    expect((await two.snapshot()).devices.find(({ name }) => name === 'quiet')?.muted).toBe(false);
    expect(quiet()?.muted).toBe(true);
  });

  test('meters show what plays', async () => {
    const weir = await joinServer();
    const stream = await weir.play({ ...S16, device: 'quiet', latencyMs: 50 });
    let peak = 0;
    const stop = await weir.meters(20, ({ streams }) => {
      peak = Math.max(peak, ...(streams.get(stream.stream)?.peak ?? []));
    });
    await stream.write(noise(S16, 0.5));
    await stream.drain();
    stop();
    expect(peak).toBeGreaterThan(0.9);
    expect(peak).toBeLessThanOrEqual(1);
  });

  test('a kicked connection ends with its reason, and so does all that waits on it', async () => {
    const [one, two] = [await joinServer(), await joinServer()];
    const stream = await one.play({ ...S16, device: 'quiet', latencyMs: 50 });
    const writing = stream.write(noise(S16, 10)).catch((error: unknown) => error);
    await two.kick(one.client);
    expect((await one.closed).code).toBe('KICKED');
    expect(await writing).toMatchObject({ code: 'KICKED' });
    expect(stream.end?.code).toBe('KICKED');
    await expect(one.snapshot()).rejects.toMatchObject({ code: 'KICKED' });
  });

  test('the clocks of one machine are one clock', async () => {
    const { offsetUs, errorUs } = await (await joinServer()).clock();
    expect(errorUs).toBeLessThan(1_000_000);
    expect(Math.abs(offsetUs)).toBeLessThanOrEqual(errorUs + 1);
  });
});

describe('samples', () => {
  test('are uploaded once and played by name, bit for bit', async () => {
    const weir = await joinServer();
    const frames = noise(S16, 0.25, 30);
    await weir.uploadSample('bell', S16, frames);
    await weir.playSample('bell', { device: 'disk' });
    expect(await written(frames)).toBe(true);
    await weir.removeSample('bell');
    await expect(weir.playSample('bell')).rejects.toMatchObject({ code: 'SAMPLE_NOT_FOUND' });
    await expect(weir.uploadSample('torn', S16, new Uint8Array(7))).rejects.toThrow(RangeError);
  }, 15_000);
});
