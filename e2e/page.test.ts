import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { connect, type PlaybackStream } from '../native-shim/client/index.js';
import { openMixer, startBrowser, statsOf } from './browser.js';
import { hear } from './ear.js';
import { eventually } from './eventually.js';
import { startServer } from './server.js';
import { setStage } from './stage.js';
import { amplitudeOf, bytesOf, samplesOfBytes, sine } from './tone.js';
import { writeWav } from './wav.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;
const NATIVE_HZ = 440;
const TAB_HZ = 1000;
const LEVEL = 0.25;
/** Levels are compared within 3 %: more than any rounding, less than a step that an ear would notice. */
const within = (expected: number) => [expected * 0.97, expected * 1.03] as const;

const stage = setStage({ devices: ['null:hall', 'null:yard'] });

/** Plays a tone through shared memory until it is disposed of. */
async function playTone(hz: number, device = 'hall'): Promise<AsyncDisposable & { stream: PlaybackStream }> {
  const stream = await stage.weir.play({ name: `tone ${hz}`, device, ...SPEC, latencyMs: 200 });
  const second = bytesOf(sine(hz, LEVEL, 1));
  const stop = new AbortController();
  const fed = (async () => {
    while (!stop.signal.aborted) await stream.write(second);
  })();
  return {
    stream,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await fed;
      await stream.close();
    },
  };
}

/** The next `seconds` of what an output plays. */
async function listen(seconds: number, output = 'hall'): Promise<Int16Array> {
  const { samples, lostFrames } = await hear(stage.weir, output, seconds);
  expect(lostFrames).toBe(0);
  return samples;
}

function expectLevel(samples: Int16Array, hz: number, expected: number): void {
  const [least, most] = within(expected);
  const level = amplitudeOf(hz, samples);
  expect(level).toBeGreaterThan(least);
  expect(level).toBeLessThan(most);
}

describe('the page', () => {
  test('a tab and a native program play at once, and a third client records both at their levels', async () => {
    await using page = await stage.openMixer();
    const wav = join(stage.server.folder, 'tab.wav');
    writeWav(wav, SPEC, bytesOf(sine(TAB_HZ, LEVEL, 20)));
    await using _native = await playTone(NATIVE_HZ);
    await page.getByTestId('play-output').selectOption('hall');
    await page.getByTestId('file-input').setInputFiles(wav);
    await eventually('the tab plays', async () => {
      const { streams } = await stage.weir.snapshot();
      return streams.find(({ name, state }) => name === 'tab.wav' && state === 'playing');
    });
    const heard = await listen(2);
    expectLevel(heard, NATIVE_HZ, LEVEL);
    expectLevel(heard, TAB_HZ, LEVEL);
    expect((await statsOf(page)).play.map(({ framesDropped }) => framesDropped)).toEqual([0]);
  }, 60_000);

  test('what a client writes is heard after the latency that the server states', async () => {
    const quiet = bytesOf(new Int16Array(4800 * 2));
    const stream = await stage.weir.play({ name: 'click', device: 'yard', ...SPEC, latencyMs: 200 });
    const ear = await stage.weir.record({ name: 'ear', device: 'yard.monitor', ...SPEC, latencyMs: 20 });
    const stop = new AbortController();
    const quietly = (async () => {
      while (!stop.signal.aborted) await stream.write(quiet);
    })();
    const status = await eventually('the stream plays', () => {
      const now = stream.status();
      return now && now.consumedFrames > SPEC.rate / 2 ? now : undefined;
    });
    stop.abort();
    await quietly;
    const click = bytesOf(new Int16Array(960).fill(20_000));
    const before = stream.status();
    await stream.write(click);
    const writtenNs = process.hrtime.bigint();
    const expectedUs = before?.latencyUs ?? status.latencyUs;

    let heardNs = 0n;
    for await (const bytes of ear) {
      if (samplesOfBytes(bytes.slice()).some((sample) => sample > 10_000)) {
        heardNs = process.hrtime.bigint();
        break;
      }
    }
    const measuredUs = Number(heardNs - writtenNs) / 1000;
    await ear.close();
    await stream.close();
    // Sane, not exact: this process is woken when the machine has time. The bench measures how exact it is.
    expect(measuredUs).toBeGreaterThan(expectedUs * 0.1);
    expect(measuredUs).toBeLessThan(expectedUs + 1_000_000);
  }, 30_000);

  test('a tab that listens really hears it', async () => {
    await using _native = await playTone(NATIVE_HZ);
    await using page = await stage.openMixer();
    await page.getByTestId('listen-source').selectOption('hall.monitor');
    await page.getByTestId('listen-start').click();
    const [least, most] = within(LEVEL);
    const stats = await eventually('the tone arrives in the worklet', async () => {
      const { listen: now } = await statsOf(page);
      return now.peak > least && now.peak < most && now.framesPlayed > 48_000 ? now : undefined;
    });
    expect(stats.rms).toBeGreaterThan((LEVEL / Math.SQRT2) * 0.95);
    expect(stats.rms).toBeLessThan((LEVEL / Math.SQRT2) * 1.05);
    // Measured from the mix to the worklet: the server stamps each packet, the page maps the clocks.
    expect(stats.latencyMs).toBeGreaterThan(0);
    expect(stats.latencyMs).toBeLessThan(1000);
  }, 60_000);

  test('a fader moved in one tab is seen in the other and heard in the recording', async () => {
    await using native = await playTone(NATIVE_HZ);
    const [left, right] = [await stage.openMixer(), await stage.openMixer()];
    const name = `stream-${native.stream.stream}`;
    const fader = left.getByTestId(name).getByRole('slider');
    await fader.focus();
    await fader.press('Home');
    await eventually('the other tab shows 0 %', async () => {
      const value = await right.getByTestId(name).getByRole('slider').getAttribute('aria-valuenow');
      return value === '0' ? value : undefined;
    });
    // The recording may begin within the quantum in which the fader's ramp ends.
    expect(amplitudeOf(NATIVE_HZ, await listen(1))).toBeLessThan(LEVEL / 1000);
    await left.close();
    await right.close();
  }, 60_000);

  test('a microphone in a tab is heard', async () => {
    await using page = await stage.openMixer();
    await page.getByTestId('play-output').selectOption('yard');
    await page.getByTestId('play-microphone').click();
    await eventually('the microphone plays', async () => {
      const { streams } = await stage.weir.snapshot();
      return streams.find(({ device, state }) => device === 'yard' && state === 'playing');
    });
    // Chromium's own microphone beeps once a second.
    const heard = await listen(2, 'yard');
    expect(heard.some((sample) => Math.abs(sample) > 1000)).toBe(true);
    await page.close();
    await eventually('its stream has gone with the tab', async () => {
      const { streams } = await stage.weir.snapshot();
      return streams.some(({ device }) => device === 'yard') ? undefined : true;
    });
  }, 60_000);

  test('the server killed and started again: the page comes back by itself and plays on', async () => {
    const first = await startServer({ devices: ['null:hall'] });
    await using page = await openMixer(stage.browser, first.url);
    await page.getByTestId('play-microphone').click();
    await eventually('the tab plays', async () =>
      (await statsOf(page)).play.some(({ phase }) => phase === 'playing') ? true : undefined,
    );
    first.process.kill('SIGKILL');
    await eventually('the page knows', async () =>
      (await statsOf(page)).connection.phase === 'live' ? undefined : true,
    );

    await using second = await startServer({ devices: ['null:hall'], listen: new URL(first.url).host });
    await eventually(
      'the page is back',
      async () => ((await statsOf(page)).connection.phase === 'live' ? true : undefined),
      30_000,
    );
    const again = await connect({ name: 'test', socket: second.socket });
    await eventually('its microphone is back', async () => {
      const { streams } = await again.snapshot();
      return streams.length === 1 && streams[0]?.state === 'playing' ? true : undefined;
    });
    again.close();
    await page.close();
    await first[Symbol.asyncDispose]();
  }, 90_000);

  test('the worker broken: the page says so, starts another, and its microphone plays on', async () => {
    await using page = await stage.openMixer();
    await page.getByTestId('play-microphone').click();
    const playing = async () => (await statsOf(page)).play.find(({ phase }) => phase === 'playing');
    await eventually('the tab plays', playing);
    const before = (await statsOf(page)).connection.client;
    const said = page.getByTestId('failure').and(page.locator('[data-code=WORKER_LOST]')).waitFor();
    const [worker] = page.workers();
    await worker?.evaluate(
      () =>
        void setTimeout(() => {
          throw new Error('broken');
        }),
    );
    await said;
    await eventually('the next worker is connected', async () => {
      const { phase, client } = (await statsOf(page)).connection;
      return phase === 'live' && client !== before ? true : undefined;
    });
    await eventually('the microphone is back', playing);
    await eventually('and only once', async () => {
      const { streams } = await stage.weir.snapshot();
      return streams.filter(({ transport }) => transport === 'copies').length === 1 ? true : undefined;
    });
  }, 60_000);

  test('fits a phone: nothing is wider than the screen, and every control has a name', async () => {
    await using native = await playTone(NATIVE_HZ);
    await using page = await openMixer(stage.browser, stage.server.url, { width: 390, height: 844 });
    await page.getByTestId(`stream-${native.stream.stream}`).waitFor();
    const widths = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = (
        globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
      ).document.documentElement;
      return { scrollWidth, clientWidth };
    });
    expect(widths.scrollWidth).toBe(widths.clientWidth);
    for (const role of ['slider', 'button', 'combobox'] as const) {
      expect(await page.getByRole(role).evaluateAll(namesOf)).not.toContain('');
    }
  }, 60_000);

  test('the browser killed in mid-play: its streams go, the others play on, and the next browser finds all as it was', async () => {
    await using _native = await playTone(NATIVE_HZ);
    const doomed = await startBrowser();
    await using page = await openMixer(doomed, stage.server.url);
    await page.getByTestId('play-output').selectOption('hall');
    await page.getByTestId('play-microphone').click();
    const copies = () =>
      stage.weir.snapshot().then(({ streams }) => streams.filter(({ transport }) => transport === 'copies'));
    await eventually('the tab plays', async () => ((await copies()).length > 0 ? true : undefined));
    await killTree(doomed);
    await eventually('its streams are gone', async () => ((await copies()).length === 0 ? true : undefined));
    expectLevel(await listen(1), NATIVE_HZ, LEVEL);
  }, 60_000);
});

/** The accessible names of controls, as far as this page gives names. */
function namesOf(controls: unknown[]): string[] {
  interface Control {
    ariaLabel: string | null;
    textContent: string | null;
    labels?: ArrayLike<{ textContent: string | null }>;
  }
  return (controls as Control[]).map(({ ariaLabel, textContent, labels }) => {
    const label = labels?.[0]?.textContent ?? '';
    return (ariaLabel ?? '') || label.trim() || (textContent ?? '').trim();
  });
}

/** SIGKILL for the browser's first process; what it started ends with it. */
async function killTree(doomed: Browser): Promise<void> {
  const session = await doomed.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  for (const { id } of processInfo) process.kill(id, 'SIGKILL');
}
