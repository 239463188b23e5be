import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statsOf } from './browser.js';
import { eventually } from './eventually.js';
import { setStage } from './stage.js';
import { bytesOf, sine } from './tone.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;
const BUSY_MS = 2000;

const stage = setStage({ devices: ['null:hall'] });
const stop = new AbortController();
let fed: Promise<void>;

beforeAll(async () => {
  const stream = await stage.weir.play({ name: 'tone', device: 'hall', ...SPEC, latencyMs: 400 });
  const second = bytesOf(sine(440, 0.25, 1));
  fed = (async () => {
    while (!stop.signal.aborted) await stream.write(second);
    await stream.close();
  })();
});

afterAll(() => {
  stop.abort();
  return fed;
});

/** A page that has heard the tone for a second at least. */
async function listeningPage(before: (page: Page) => Promise<void> = () => Promise.resolve()): Promise<Page> {
  const page = await stage.openMixer();
  await before(page);
  await page.getByTestId('listen-source').selectOption('hall.monitor');
  await page.getByTestId('listen-start').click();
  await eventually('the tone is heard', async () => {
    const { listen } = await statsOf(page);
    return listen.framesPlayed > SPEC.rate && listen.peak > 0.2 ? listen : undefined;
  });
  return page;
}

/** Keeps the page's own thread from doing anything else. */
const keepBusy = (ms: number): void => {
  const start = performance.now();
  while (performance.now() - start < ms);
};

describe('a page that listens', () => {
  test('goes on without a gap while its own thread is busy', async () => {
    await using page = await listeningPage();
    const { listen: before } = await statsOf(page);
    await page.evaluate(keepBusy, BUSY_MS);
    const after = await eventually('the worklet tells of the time after', async () => {
      const { listen } = await statsOf(page);
      return listen.framesPlayed > before.framesPlayed + (BUSY_MS / 1000) * SPEC.rate ? listen : undefined;
    });
    // Had the sound waited for the page, all of the two seconds would be made up, or skipped. The machine's own stalls are forgiven.
    expect(after.concealedFrames - before.concealedFrames).toBeLessThan(0.2 * SPEC.rate);
    expect(after.skippedFrames - before.skippedFrames).toBeLessThan(0.2 * SPEC.rate);
    expect(after.peak).toBeGreaterThan(0.2);
  }, 60_000);

  test('says where the time goes, hop by hop', async () => {
    await using page = await listeningPage((mixer) => mixer.getByTestId('listen-talk').check());
    const { listen } = await statsOf(page);
    const hops = Object.values(listen.hops ?? {});
    expect(hops).toHaveLength(5);
    for (const hopMs of hops) expect(hopMs).toBeGreaterThanOrEqual(0);
    expect(hops.reduce((sum, hopMs) => sum + hopMs, 0)).toBeCloseTo(listen.latencyMs ?? 0, 3);
    expect(listen.codec).toBe('pcm');
  }, 60_000);

  test('hears the same where threads may share no memory', async () => {
    await using context = await stage.browser.newContext();
    await context.addInitScript('delete globalThis.SharedArrayBuffer');
    const page = await context.newPage();
    await page.goto(stage.server.url);
    await page.getByTestId('listen-source').selectOption('hall.monitor');
    await page.getByTestId('listen-start').click();
    const { listen } = await eventually('the tone is heard', async () => {
      const stats = await statsOf(page);
      return stats.listen.framesPlayed > SPEC.rate && stats.listen.peak > 0.2 ? stats : undefined;
    });
    expect(listen.latencyMs).toBeGreaterThan(0);
  }, 60_000);
});
