import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../browser.js';
import { eventually } from '../eventually.js';
import { type Server, startServer } from '../server.js';
import { bytesOf, sine } from '../tone.js';
import { writeWav } from '../wav.js';
import { Ear } from './ear.js';
import { HZ, LEVEL, loudness } from './loudness.js';
import { environment, listed, pactl, startPulse } from './program.js';

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await startServer({ devices: ['null:hall', 'null:phone?microphone=yes'] });
  const args = ['--autoplay-policy=no-user-gesture-required'];
  browser = await startBrowser({ sound: environment(server), args });
  page = await browser.newPage();
  await page.addInitScript({ path: 'e2e/pulse/page-sound.js' });
  // Any page of this machine's own: others get no microphone.
  await page.goto(server.url);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const ofChromium = async (kind: string) =>
  (await listed(server, kind)).find(({ properties }) => /chromium/i.test(properties['application.name'] ?? ''));

test('a page plays through libpulse into Weir', async () => {
  await using ear = await Ear.open(server, 'hall.monitor');
  await page.evaluate(`playTone(${HZ}, ${LEVEL})`);
  await eventually('its tone', async () => Math.abs(loudness(await ear.next(0.2)) - LEVEL) < 0.05 * LEVEL || undefined);
  expect(await ofChromium('sink-inputs')).toMatchObject({ sink: 0, corked: false });
  await page.reload();
  await eventually('it is silent again', async () => loudness(await ear.next(0.1)) < LEVEL / 1000 || undefined);
});

test('its microphone is what plays into Weir’s', async () => {
  const tone = join(server.folder, 'tone.wav');
  writeWav(tone, { format: 's16', rate: 48_000, channels: 2 }, bytesOf(sine(HZ, LEVEL, 60)));
  await using _caller = startPulse(server, 'paplay', ['--device=phone', '--latency-msec=200', tone]);
  await page.evaluate('openMicrophone()');
  const heard = () => page.evaluate<number>('microphoneLevel()');
  await eventually('the tone in the page', async () => Math.abs((await heard()) - LEVEL) < 0.05 * LEVEL || undefined);
  expect(await ofChromium('source-outputs')).toMatchObject({ source: 1 });
});

test('it lists the microphone, and no monitor', async () => {
  const labels = await page.evaluate<string[]>('microphones()');
  expect(labels).toContain('phone');
  expect(labels.join()).not.toMatch(/monitor/i);
});

test('the page’s faders are pactl’s', async () => {
  const mixer = await browser.newPage();
  await mixer.goto(server.url);
  const fader = mixer.getByRole('slider', { name: 'Volume of hall', exact: true });
  await pactl(server, 'set-sink-volume', 'hall', '40%');
  const shown = async () => Number(await fader.getAttribute('aria-valuenow'));
  await eventually('40 % in the page', async () => (await shown()) === 40 || undefined);
  await fader.focus();
  await fader.press('Home');
  await eventually('0 % in pactl', async () => {
    return (await pactl(server, 'get-sink-volume', 'hall')).includes('front-left: 0 /   0%') || undefined;
  });
  await pactl(server, 'set-sink-volume', 'hall', '100%');
  await mixer.close();
});
