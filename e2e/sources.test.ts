import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goLive, statsOf } from './browser.js';
import { hear } from './ear.js';
import { eventually } from './eventually.js';
import { setStage } from './stage.js';
import { amplitudeOf, bytesOf, sine } from './tone.js';
import { writeWav } from './wav.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;
const LEVEL = 0.25;
const LOW_HZ = 500;
const HIGH_HZ = 1500;

const stage = setStage({ devices: ['null:hall'] });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-sources-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A file of tones, each of so many seconds. */
function tones(name: string, ...parts: (readonly [hz: number, seconds: number])[]): string {
  const path = join(folder, name);
  writeWav(path, SPEC, Buffer.concat(parts.map(([hz, seconds]) => bytesOf(sine(hz, LEVEL, seconds)))));
  return path;
}

/** How loud two tones are in the next half second of what the hall plays. */
async function heard(): Promise<{ low: number; high: number }> {
  const { samples } = await hear(stage.weir, 'hall', 0.5);
  return { low: amplitudeOf(LOW_HZ, samples), high: amplitudeOf(HIGH_HZ, samples) };
}

const playing = async (page: Page): Promise<string[]> => (await statsOf(page)).play.map(({ name }) => name);

const failureCode = (page: Page): Promise<string | null> =>
  page.getByTestId('play-panel').getByTestId('failure').getAttribute('data-code');

describe('files', () => {
  test('play one after the other, and the last leaves silence', async () => {
    await using page = await stage.openMixer();
    await page
      .getByTestId('file-input')
      .setInputFiles([tones('first.wav', [LOW_HZ, 2]), tones('second.wav', [HIGH_HZ, 4])]);
    await eventually('the first plays', async () => ((await playing(page))[0] === 'first.wav' ? true : undefined));
    expect(await page.getByTestId('playlist-row').count()).toBe(2);
    await eventually('the second plays', async () => ((await playing(page))[0] === 'second.wav' ? true : undefined));
    const now = await eventually('it is heard', async () => {
      const levels = await heard();
      return levels.high > LEVEL * 0.9 ? levels : undefined;
    });
    expect(now.low).toBeLessThan(LEVEL / 100);
    await eventually('both have ended', async () => ((await playing(page)).length === 0 ? true : undefined));
  }, 60_000);

  test('are put in order and taken out by the keyboard', async () => {
    await using page = await stage.openMixer();
    await page
      .getByTestId('file-input')
      .setInputFiles(['a.wav', 'b.wav', 'c.wav'].map((name) => tones(name, [LOW_HZ, 30])));
    const names = () => page.getByTestId('playlist-row').locator('.entry').allInnerTexts();
    await page.getByRole('button', { name: 'Move c.wav up' }).focus();
    await page.keyboard.press('Enter');
    expect(await names()).toEqual(['a.wav', 'c.wav', 'b.wav']);
    // The focus goes along: pressing on moves on.
    await page.keyboard.press('Enter');
    expect(await names()).toEqual(['c.wav', 'a.wav', 'b.wav']);
    await page.getByRole('button', { name: 'Remove a.wav' }).press('Enter');
    await eventually('what follows the one that was taken out plays', async () =>
      (await playing(page))[0] === 'b.wav' ? true : undefined,
    );
    expect(await names()).toEqual(['c.wav', 'b.wav']);
    await page.getByTestId('play-previous').click();
    await eventually('the one before plays', async () => ((await playing(page))[0] === 'c.wav' ? true : undefined));
  }, 60_000);

  test('a seek lands where it should, and keeps pause and place', async () => {
    await using page = await stage.openMixer();
    await page.getByTestId('file-input').setInputFiles(tones('two.wav', [LOW_HZ, 12], [HIGH_HZ, 60]));
    const seek = page.getByTestId('play-seek');
    await seek.focus();
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowRight');
    await eventually('the second tone alone is heard', async () => {
      const { low, high } = await heard();
      return high > LEVEL * 0.9 && low < LEVEL / 100 ? true : undefined;
    });
    await page.getByTestId('play-pause').click();
    await seek.fill('30');
    await eventually('it stands at 30 s', async () => {
      const [play] = (await statsOf(page)).play;
      return play?.phase === 'playing' && Math.round(play.positionMs) === 30_000 ? true : undefined;
    });
    expect((await heard()).high).toBeLessThan(LEVEL / 100);
    expect(await seek.getAttribute('aria-valuetext')).toBe('0:30 of 1:12');
    await page.getByTestId('play-pause').click();
    await eventually('it goes on from there', async () => ((await heard()).high > LEVEL * 0.9 ? true : undefined));
    expect((await statsOf(page)).play[0]?.positionMs).toBeGreaterThan(30_000);
  }, 60_000);

  test('one that is dropped anywhere plays; one that is no sound says so, and the next plays', async () => {
    await using page = await stage.openMixer();
    const wav = readFileSync(tones('dropped.wav', [HIGH_HZ, 20])).toString('base64');
    const transfer = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['no sound'], 'broken.wav'));
      transfer.items.add(new File([Uint8Array.from(atob('${wav}'), (c) => c.charCodeAt(0))], 'dropped.wav'));
      return transfer;
    })()`);
    await page.dispatchEvent('[data-testid=desk]', 'dragover', { dataTransfer: transfer });
    await page.getByTestId('drop-zone').waitFor();
    await page.dispatchEvent('[data-testid=desk]', 'drop', { dataTransfer: transfer });
    await eventually('it is heard', async () => ((await heard()).high > LEVEL * 0.9 ? true : undefined));
    expect(await page.getByTestId('drop-zone').count()).toBe(0);
    expect(await failureCode(page)).toBe('FILE_UNREADABLE');
  }, 60_000);
});

/** Two programs and a server have to agree, on a machine that may be busy. */
const PATIENT = { timeout: 15_000 };

/** Notes each microphone that the page was given. */
const WATCH_MICROPHONES = `
  globalThis.microphones = [];
  const { mediaDevices } = navigator;
  const give = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wish) => {
    const media = await give(wish);
    globalThis.microphones.push(media.getAudioTracks()[0]);
    return media;
  };
`;

const microphones = (page: Page): Promise<{ state: string; helped: boolean[]; device: string }[]> =>
  page.evaluate(`globalThis.microphones.map((track) => {
    const { echoCancellation, noiseSuppression, autoGainControl, deviceId } = track.getSettings();
    return { state: track.readyState, helped: [echoCancellation, noiseSuppression, autoGainControl], device: deviceId };
  })`);

describe('a microphone', () => {
  test('is helped for talk, left alone for music, and stays the same stream', async () => {
    await using context = await stage.browser.newContext();
    await context.addInitScript(WATCH_MICROPHONES);
    const page = await context.newPage();
    await goLive(page, stage.server.url);
    await page.getByTestId('play-microphone').click();
    await eventually('it plays', async () =>
      (await statsOf(page)).play[0]?.phase === 'playing' && (await microphones(page)).length === 1 ? true : undefined,
    );
    expect(await microphones(page)).toMatchObject([{ state: 'live', helped: [true, true, true] }]);

    await page.getByTestId('play-purpose-music').check();
    await eventually('it is taken anew', async () => ((await microphones(page)).length === 2 ? true : undefined));
    const states = async () => (await stage.weir.snapshot()).streams.map(({ state }) => state);
    await expect.poll(states, PATIENT).toEqual(['playing']);
    await expect
      .poll(() => microphones(page), PATIENT)
      .toMatchObject([{ state: 'ended' }, { state: 'live', helped: [false, false, false] }]);
    await expect
      .poll(async () => (await statsOf(page)).play, PATIENT)
      .toMatchObject([{ kind: 'microphone', phase: 'playing', purpose: 'music' }]);

    await page.getByTestId('play-way').locator('summary').click();
    await page.getByTestId('play-codec').selectOption('opus');
    await eventually('it travels as Opus', async () =>
      (await statsOf(page)).play[0]?.codec === 'opus' ? true : undefined,
    );
    expect(await page.getByTestId('play-fallback').count()).toBe(0);

    // The browser's second invented microphone.
    const choice = page.getByTestId('play-microphone-device');
    await choice.selectOption({ index: 1 });
    await eventually('the other is taken', async () => ((await microphones(page)).length === 3 ? true : undefined));
    expect((await microphones(page)).at(-1)).toMatchObject({ state: 'live', device: await choice.inputValue() });
  }, 60_000);
});

describe('what another program of this machine serves', () => {
  let http: HttpServer;
  let address: string;

  beforeAll(async () => {
    const wav = readFileSync(tones('served.wav', [HIGH_HZ, 30]));
    http = createServer((request, response) => {
      if (request.url === '/open.wav') response.setHeader('access-control-allow-origin', '*');
      response.setHeader('content-type', 'audio/wav').end(wav);
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const bound = http.address();
    address = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
  });

  afterAll(() => {
    http.closeAllConnections();
    http.close();
  });

  const ask = async (page: Page, url: string): Promise<void> => {
    await page.getByTestId('address-input').fill(url);
    await page.getByTestId('address-play').click();
  };

  test('plays where that program allows it; else the page says what to do', async () => {
    await using page = await stage.openMixer();
    await page.getByTestId('play-address').click();
    await ask(page, 'http://192.0.2.1/radio.mp3');
    await eventually('it is refused', async () => ((await failureCode(page)) === 'ADDRESS_FOREIGN' ? true : undefined));
    await ask(page, `${address}/closed.wav`);
    const note = await eventually('it is silent', async () =>
      (await failureCode(page)) === 'ADDRESS_SILENT' ? page.getByTestId('failure').innerText() : undefined,
    );
    expect(note).toContain('Access-Control-Allow-Origin');
    await ask(page, `${address}/open.wav`);
    await eventually('it is heard', async () => ((await heard()).high > LEVEL * 0.9 ? true : undefined));
    expect((await statsOf(page)).play).toMatchObject([{ kind: 'address', purpose: 'music', framesDropped: 0 }]);
  }, 60_000);
});

describe('the browser’s machine', () => {
  /** Notes what the page asks of it. */
  const WATCH = `
    globalThis.asked = [];
    const setSinkId = AudioContext.prototype.setSinkId;
    AudioContext.prototype.setSinkId = function (id) {
      globalThis.asked.push('sink ' + id);
      return setSinkId.call(this, id);
    };
    const { wakeLock } = navigator;
    const request = wakeLock.request.bind(wakeLock);
    wakeLock.request = async (type) => {
      const lock = await request(type);
      globalThis.asked.push('wake lock');
      lock.addEventListener('release', () => globalThis.asked.push('released'));
      return lock;
    };
  `;

  test('plays on the output that was chosen, stays awake meanwhile, and its keys say what is heard', async () => {
    const context = await stage.browser.newContext({ permissions: ['microphone', 'screen-wake-lock'] });
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    await goLive(page, stage.server.url);
    const asked = (): Promise<string[]> => page.evaluate('globalThis.asked');
    const output = page.getByTestId('listen-output');
    await eventually('outputs are named', async () =>
      (await output.locator('option').count()) > 1 ? true : undefined,
    );
    await output.selectOption({ index: 1 });
    const id = await output.inputValue();
    await eventually('it is taken', async () => ((await asked()).includes(`sink ${id}`) ? true : undefined));
    await page.getByTestId('listen-start').click();
    await eventually('the screen stays on', async () => ((await asked()).includes('wake lock') ? true : undefined));
    expect(await page.evaluate('navigator.mediaSession.metadata.title')).toBe('hall.monitor');
    expect(await page.evaluate('navigator.mediaSession.playbackState')).toBe('playing');
    await page.getByTestId('listen-stop').click();
    await eventually('it may sleep', async () => ((await asked()).includes('released') ? true : undefined));
    expect(await page.evaluate('navigator.mediaSession.metadata')).toBeNull();
    expect(await page.getByTestId('listen-panel').getByTestId('failure').count()).toBe(0);
    await context.close();
  }, 60_000);
});
