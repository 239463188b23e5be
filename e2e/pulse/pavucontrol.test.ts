import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../eventually.js';
import { type Server, startServer } from '../server.js';
import { bytesOf, sine } from '../tone.js';
import { writeWav } from '../wav.js';
import { Desktop } from './desktop.js';
import { listed, startPulse } from './program.js';

let server: Server;
let desktop: Desktop;
const at = (name: string): string => join(server.folder, name);

beforeAll(async () => {
  server = await startServer({ devices: ['null:hall', 'null:phone?microphone=yes'] });
  desktop = await Desktop.start();
  // Loud, silent, loud …: a meter that follows it moves.
  const [loud, silent] = [bytesOf(sine(440, 0.8, 0.5)), bytesOf(sine(440, 0, 0.5))];
  const pieces = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? loud : silent));
  writeWav(at('beats.wav'), { format: 's16', rate: 48_000, channels: 2 }, Buffer.concat(pieces));
});

afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Pixels that differ between two looks at one screen. */
function difference(a: Buffer, b: Buffer): number {
  let pixels = 0;
  for (let at = 0; at < a.length; at += 4) if (a.compare(b, at, at + 4, at, at + 4) !== 0) pixels++;
  return pixels;
}

/** The most that looks at the screen differ by: longer than the beats are loud, or silent. */
async function motion(): Promise<number> {
  const first = desktop.look();
  let most = 0;
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    most = Math.max(most, difference(first, desktop.look()));
  }
  return most;
}

/** A meter across the window is some hundred pixels; nothing else moves. */
const METER_PIXELS = 300;

/** No bus to talk to: it would start one, and leave it. */
const ALONE = { NO_AT_BRIDGE: '1', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };

describe('pavucontrol', () => {
  test.each([
    { tab: 1, shows: 'a stream’s meter', device: 'hall' },
    { tab: 3, shows: 'an output’s meter', device: 'hall' },
    { tab: 4, shows: 'a microphone’s meter', device: 'phone' },
  ])('moves $shows', async ({ tab, device }) => {
    const env = { ...ALONE, DISPLAY: desktop.display };
    await using _window = startPulse(server, 'pavucontrol', ['--maximize', `--tab=${tab}`], env);
    await eventually('it listens', async () => {
      const taps = await listed(server, 'source-outputs');
      return taps.some(({ properties }) => properties['application.id']?.includes('pavucontrol')) || undefined;
    });
    await eventually('its window is drawn', async () => (await motion()) === 0 || undefined);
    await using _player = startPulse(server, 'paplay', [`--device=${device}`, '--latency-msec=200', at('beats.wav')]);
    await eventually('it moves', async () => (await motion()) > METER_PIXELS || undefined, 20_000);
    // What came first may have been the stream's strip.
    expect(await motion()).toBeGreaterThan(METER_PIXELS);
  });
});
