import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's names for it. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export interface BrowserOptions {
  /** Its HOME, with the certificates that it trusts under .pki/nssdb. */
  readonly home?: string;
  readonly args?: readonly string[];
  /** Plays and records by the machine's sound server, which this environment names; else it is mute, and its microphone beeps. */
  readonly sound?: NodeJS.ProcessEnv;
}

const FAKE_MICROPHONE = '--use-fake-device-for-media-stream';

/** Chromium with nobody to ask, and no word to the outside. */
export function startBrowser({ home, args = [], sound }: BrowserOptions = {}): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('no Chromium: "apt-get install chromium" gives one');
  return chromium.launch({
    executablePath: CHROMIUM,
    env: { ...process.env, ...(home === undefined ? {} : { HOME: home }), ...sound },
    // Playwright mutes by default; then an AudioContext still runs, and so does everything that is measured in the page.
    ignoreDefaultArgs: sound ? ['--mute-audio'] : [],
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      ...(sound ? [] : [FAKE_MICROPHONE]),
      ...args,
    ],
  });
}

/** What the page says of itself under "Details". */
export interface PageStats {
  connection: { phase: string; client: number | null };
  listen: {
    phase: string;
    peak: number;
    rms: number;
    underruns: number;
    framesPlayed: number;
    concealedFrames: number;
    lostFrames: number;
    skippedFrames: number;
    droppedFrames: number;
    codec: string;
    latencyMs: number | null;
    hops: Record<string, number> | null;
  };
  play: {
    name: string;
    kind: string;
    phase: string;
    purpose: string;
    codec: string;
    stream: number | null;
    positionMs: number;
    framesPlayed: number;
    framesDropped: number;
  }[];
}

export function statsOf(page: Page): Promise<PageStats> {
  return page.evaluate(() => (globalThis as unknown as { weirStats: PageStats }).weirStats);
}

/** The mixer, connected. */
export async function openMixer(browser: Browser, url: string, size = { width: 1280, height: 800 }): Promise<Page> {
  const page = await browser.newPage({ viewport: size });
  await goLive(page, url);
  return page;
}

/** Opens the mixer in `page` and waits until it is connected. */
export async function goLive(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(
    () => (globalThis as unknown as { weirStats?: PageStats }).weirStats?.connection.phase === 'live',
  );
}
