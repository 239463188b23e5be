import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FrameSpec } from '../output-driver.js';
import { Player } from '../testing/player.js';
import { sequence, withoutSilence } from '../testing/sequence.js';
import { AlsaSetup } from './testing/fake-card.js';
import { openAlsa } from './testing/open-alsa.js';
import { PulseServer } from './testing/pulse-server.js';

// libasound's pulse plugin: a PCM that is another sound server.

const setup = new AlsaSetup('pcm.pulsed { type pulse server "unix:DIR/pulse/native" device n1 }');
let pulse: PulseServer;
beforeAll(async () => {
  pulse = await PulseServer.start(setup.folder);
}, 20_000);
afterAll(async () => {
  await pulse.stop();
  setup.remove();
});

test.each([
  ['s16', 's16le'],
  ['f32', 'float32le'],
] as const)(
  '%s frames are heard on the sink’s monitor exactly',
  async (format, recorded) => {
    const recording = await pulse.record(recorded);
    const driver = openAlsa(`pulsed?format=${format}`);
    const shape: FrameSpec = { format, rate: 48_000, channels: 2 };
    expect(driver).toMatchObject(shape);
    const player = new Player(driver);
    // Large quanta: what a busy machine makes late is not the question here.
    for (const quantum of [2048, 4096, 2048]) player.play(quantum, 24_576, 10_000);
    driver.close();
    await sleep(500);
    const heard = withoutSilence(await recording.stop(), shape);
    const frames = heard.length / (format === 's16' ? 4 : 8);
    expect(frames).toBeGreaterThan(60_000);
    expect(heard.equals(sequence(shape, 0, frames))).toBe(true);
  },
  30_000,
);

test('a sound server that ends is a device that is lost', async () => {
  const driver = openAlsa('pulsed');
  const player = new Player(driver);
  expect(player.play(512, 9_600, 5_000)).toBe('ready');
  await pulse.stop();
  expect(player.play(512, 480_000, 10_000)).toBe('lost');
  driver.close();
}, 30_000);
