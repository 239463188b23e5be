import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openMixer, startBrowser, statsOf } from './browser.js';
import { hear } from './ear.js';
import { eventually } from './eventually.js';
import { quicChildOf } from './quic-child.js';
import { startServer } from './server.js';
import { setStage } from './stage.js';
import { bytesOf, sine } from './tone.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;

const stage = setStage({ devices: ['null:hall'] });

/** The carriers of all pages that the server knows. */
async function carriers(): Promise<string[]> {
  const { clients } = await stage.weir.snapshot();
  return clients.map(({ carrier }) => carrier).filter((carrier) => carrier !== 'unix' && carrier !== 'http');
}

async function eventuallyBy(...wanted: string[]): Promise<void> {
  await eventually(`pages by ${wanted.join(', ')}`, async () =>
    (await carriers()).join() === wanted.join() ? true : undefined,
  );
}

/** A page that speaks WebTransport. */
async function openByWebTransport(url = stage.server.url): Promise<Page> {
  const page = await openMixer(stage.browser, url);
  await eventuallyBy('webtransport');
  return page;
}

async function closeAll(page: Page): Promise<void> {
  await page.close();
  await eventuallyBy();
}

/** Whether anything of what the hall plays in the next seconds is loud. */
async function isLoud(seconds: number): Promise<boolean> {
  const { samples } = await hear(stage.weir, 'hall', seconds);
  return samples.some((sample) => Math.abs(sample) > 1000);
}

async function playMicrophone(page: Page): Promise<void> {
  await page.getByTestId('play-microphone').click();
  await eventually('the microphone plays', async () => {
    const { streams } = await stage.weir.snapshot();
    return streams.find(({ state }) => state === 'playing');
  });
}

describe('the page over WebTransport', () => {
  test('gets there by itself, by every name of this machine, and leaves nothing behind', async () => {
    const { port } = new URL(stage.server.url);
    for (const host of ['127.0.0.1', 'localhost']) await closeAll(await openByWebTransport(`http://${host}:${port}`));
  }, 60_000);

  test('its microphone is heard', async () => {
    await using page = await openByWebTransport();
    await playMicrophone(page);
    expect(await isLoud(2.5)).toBe(true);
    await closeAll(page);
  }, 60_000);

  test('it hears what is played', async () => {
    await using page = await openByWebTransport();
    const tone = await stage.weir.play({ name: 'tone', device: 'hall', ...SPEC, latencyMs: 200 });
    const second = bytesOf(sine(440, 0.25, 1));
    const stop = new AbortController();
    const fed = (async () => {
      while (!stop.signal.aborted) await tone.write(second);
    })();
    await page.getByTestId('listen-source').selectOption('hall.monitor');
    await page.getByTestId('listen-start').click();
    const heard = await eventually('the tone arrives in the worklet', async () => {
      const { listen } = await statsOf(page);
      return listen.framesPlayed > 96_000 ? listen : undefined;
    });
    expect(heard.peak).toBeGreaterThan(0.24);
    expect(await carriers()).toEqual(['webtransport']);
    stop.abort();
    await fed;
    await tone.close();
    await closeAll(page);
  }, 60_000);

  test('the process that speaks QUIC is killed in mid-play: the page goes on by WebSocket, then is back', async () => {
    await using page = await openByWebTransport();
    await playMicrophone(page);
    const [before] = (await stage.weir.snapshot()).streams;
    process.kill(quicChildOf(stage.server.pid), 'SIGKILL');
    await eventually('the page goes on by WebSocket', async () =>
      (await carriers()).includes('websocket') ? true : undefined,
    );
    expect(await isLoud(2.5)).toBe(true);
    // It is the same stream throughout, and nothing is there twice.
    await eventuallyBy('webtransport');
    const { streams } = await stage.weir.snapshot();
    expect(streams.map(({ stream, state }) => ({ stream, state }))).toEqual([
      { stream: before?.stream, state: 'playing' },
    ]);
    expect(await isLoud(2.5)).toBe(true);
    await closeAll(page);
  }, 60_000);

  test('the browser killed: its session ends without a good-bye', async () => {
    const doomed = await startBrowser();
    await openMixer(doomed, stage.server.url);
    await eventuallyBy('webtransport');
    const session = await doomed.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    for (const { id } of processInfo) process.kill(id, 'SIGKILL');
    await eventually('it is gone', async () => ((await carriers()).length === 0 ? true : undefined), 5000);
  }, 60_000);

  test('a page of another site gets no ticket', async () => {
    await using page = await stage.browser.newPage();
    await page.goto('about:blank');
    const answer = page.evaluate(
      (url) => fetch(`${url}/api/v1/webtransport`, { method: 'POST' }).then((response) => response.text()),
      stage.server.url,
    );
    await expect(answer).rejects.toThrow();
    const forged = await fetch(`${stage.server.url}/api/v1/webtransport`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
    });
    expect(forged.status).toBe(403);
    expect(await forged.json()).toMatchObject({ code: 'ORIGIN_REFUSED' });
    await page.close();
  });
});

describe('a server without @matrixai/quic', () => {
  test('says so in one line, and pages use WebSocket', async () => {
    const checkout = checkoutWithoutQuic();
    try {
      await using bare = await startServer({ launcher: join(checkout, 'server/cli/weir') });
      await using page = await openMixer(stage.browser, bare.url);
      const off = await eventually('its log says so', () => bare.log().match(/WebTransport is off[^"]*/g) ?? undefined);
      expect(off).toHaveLength(1);
      expect(off[0]).toContain('pages use WebSocket');
      expect((await fetch(`${bare.url}/api/v1/webtransport`, { method: 'POST' })).status).toBe(503);
      expect((await statsOf(page)).connection.phase).toBe('live');
      expect(bare.log()).not.toContain('process for WebTransport died');
      await page.close();
    } finally {
      rmSync(checkout, { recursive: true });
    }
  }, 60_000);
});

/** This checkout as it is where the optional package could not be installed. */
function checkoutWithoutQuic(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bare-'));
  for (const part of ['package.json', 'proto', 'dist', 'server/cli/weir']) {
    cpSync(part, join(folder, part), { recursive: true });
  }
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync('node_modules')) {
    if (name !== '@matrixai')
      symlinkSync(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}
