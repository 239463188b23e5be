import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { goLive } from '../browser.js';
import type { QuadratureSignal } from './quadrature.js';

/** What the sink keeps, a power of two: 43 s. */
const CAPACITY_FRAMES = 2 ** 21;
const STEPS_KEPT = 4096;
const QUANTUM_FRAMES = 128;

/** What the page's loudspeaker was given. */
export interface Heard {
  /** Interleaved; the newest frames. */
  readonly samples: Float32Array;
  /** Date.now() of the call in which frame `frame` of them was asked for. */
  readonly askedMs: (frame: number) => number;
}

/** The mixer with the probe in place of its microphone and beside its loudspeaker. */
export async function openProbePage(browser: Browser, url: string, signal: QuadratureSignal): Promise<Page> {
  const worklet = readFileSync('e2e/probe/probe.worklet.js', 'utf8');
  const options = { worklet, capacity: CAPACITY_FRAMES, stepsKept: STEPS_KEPT, signal };
  // Else the page's own policy would keep the probe's worklet out.
  const page = await browser.newPage({ bypassCSP: true });
  await page.addInitScript(`(${readFileSync('e2e/probe/install.js', 'utf8')})(${JSON.stringify(options)})`);
  await goLive(page, url);
  return page;
}

interface ProbeWindow {
  readonly weirProbe: { readonly source: SharedArrayBuffer; readonly sink: SharedArrayBuffer };
  btoa(text: string): string;
}

/** Date.now() of the process() calls that held the signal's steps, by their number; the last ones. */
export async function sentSteps(page: Page): Promise<Map<number, number>> {
  const { last, timesMs } = await page.evaluate(() => {
    const { source } = (globalThis as unknown as ProbeWindow).weirProbe;
    const last = Atomics.load(new Int32Array(source, 0, 2), 0);
    return { last, timesMs: [...new Float64Array(source, 8)] };
  });
  const first = Math.max(1, last - STEPS_KEPT + 1);
  return new Map(
    Array.from({ length: last - first + 1 }, (_, i) => [first + i, timesMs[(first + i) % STEPS_KEPT] ?? NaN]),
  );
}

/** Frames that the loudspeaker was given so far. */
export function heardFrames(page: Page): Promise<number> {
  return page.evaluate(() =>
    Atomics.load(new Int32Array((globalThis as unknown as ProbeWindow).weirProbe.sink, 0, 2), 0),
  );
}

/** The newest `frames` frames, whole render quanta. */
export async function heardBy(page: Page, frames: number): Promise<Heard> {
  const quanta = Math.ceil(frames / QUANTUM_FRAMES);
  const { samples, timesMs } = await page.evaluate(
    ({ quanta, capacity }) => {
      const { sink } = (globalThis as unknown as ProbeWindow).weirProbe;
      const end = Atomics.load(new Int32Array(sink, 0, 2), 0) / 128;
      const times = new Float64Array(sink, 8, capacity / 128);
      const words = new Uint8Array(sink, 8 + capacity / 16);
      const bytes = new Uint8Array(quanta * 1024);
      const timesMs: number[] = [];
      for (let i = 0; i < quanta; i++) {
        const at = (end - quanta + i) % times.length;
        timesMs.push(times[at] ?? 0);
        bytes.set(words.subarray(at * 1024, (at + 1) * 1024), i * 1024);
      }
      let text = '';
      for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
      return { samples: (globalThis as unknown as ProbeWindow).btoa(text), timesMs };
    },
    { quanta, capacity: CAPACITY_FRAMES },
  );
  const bytes = Uint8Array.from(Buffer.from(samples, 'base64'));
  return {
    samples: new Float32Array(bytes.buffer),
    askedMs: (frame) => timesMs[Math.floor(frame / QUANTUM_FRAMES)] ?? NaN,
  };
}
