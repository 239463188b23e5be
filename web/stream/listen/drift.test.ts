import { describe, expect, test } from 'vitest';
import { HASTE } from '../../../server/stream/jitter/haste.js';
import { RATE } from '../limits.js';
import { ListenClock } from './listen-clock.js';
import { Playout } from './playout.js';

const QUANTUM = 128;
const PACKET = 240;
/** Chromium's own buffer where there is no sound card: 10 ms, in which whole quanta are rendered. */
const BURST = 480;

function noise(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

interface Case {
  readonly ppm: number;
  readonly seconds: number;
  /** Milliseconds by which the n-th packet is later than the fastest ones. */
  readonly wayMs: (random: () => number) => number;
  readonly latencyMs?: number;
}

/**
 * A page and a server whose clock runs `ppm` faster, in simulated time: packets come with jitter, the context asks in
 * bursts that are late now and then, and the worker sees both a little late.
 */
function simulate({ ppm, seconds, wayMs, latencyMs }: Case) {
  const random = noise(7);
  const clock = new ListenClock(RATE, 'talk', latencyMs ?? 'auto');
  const playout = new Playout(1, RATE, HASTE.music);
  const silence = new Float32Array(PACKET).fill(0.1);
  const output = [new Float32Array(QUANTUM)];
  const senderRate = RATE * (1 + ppm / 1e6);
  const pending: { end: number; atS: number }[] = [];
  let [made, contextFrame, worstPpm, settledConcealed, settledUnderruns] = [0, 0, 0, 0, 0];
  const delays: number[] = [];
  for (let burst = 0; burst * BURST < seconds * RATE; burst++) {
    const dueS = (burst * BURST) / RATE;
    const nowS = dueS + (random() < 0.05 ? 0.003 : 0.0002) * random();
    while ((made + PACKET) / senderRate <= nowS) {
      made += PACKET;
      pending.push({ end: made, atS: made / senderRate + 0.002 + wayMs(random) / 1e3 });
    }
    pending.sort((a, b) => a.atS - b.atS);
    while (pending[0] && pending[0].atS <= nowS) {
      const { end, atS } = pending.shift() ?? { end: 0, atS: 0 };
      clock.arrived(end, PACKET, atS * 1e9);
      const schedule = clock.schedule();
      if (schedule) playout.write(end - PACKET, silence, schedule);
    }
    for (; contextFrame < (burst + 1) * BURST; contextFrame += QUANTUM) playout.read(output, contextFrame);
    clock.asked(contextFrame - QUANTUM, (nowS + 0.0001 + 0.0003 * random()) * 1e9);
    if (dueS < 10) {
      settledConcealed = playout.counts.concealedFrames;
      settledUnderruns = playout.counts.underruns;
    } else if (burst % 100 === 0) {
      worstPpm = Math.max(worstPpm, Math.abs(playout.driftPpm - ppm));
      delays.push(playout.delayFrames(contextFrame) ?? 0);
    }
  }
  return {
    worstPpm,
    concealed: playout.counts.concealedFrames - settledConcealed,
    underruns: playout.counts.underruns - settledUnderruns,
    heardShare: playout.counts.playedFrames / (seconds * RATE),
    mostDelayMs: (Math.max(...delays) / RATE) * 1000,
    finalMs: ((delays.at(-1) ?? 0) / RATE) * 1000,
  };
}

/** Loopback: a noisy machine's wake-ups. */
const quiet = (random: () => number): number => 0.1 + 0.3 * random() + (random() < 0.01 ? random() : 0);

const LOST_NOTHING = { concealed: 0, underruns: 0 };

describe("a page whose clock is not the server's", () => {
  test.each([300, -300, 0])('%i ppm at a fixed delay: the ratio is steady within 5 ppm after 10 s', (ppm) => {
    const heard = simulate({ ppm, seconds: 120, wayMs: quiet, latencyMs: 15 });
    expect(heard).toMatchObject(LOST_NOTHING);
    expect(heard.worstPpm).toBeLessThan(5);
  });

  test.each([300, -300])('%i ppm for ten minutes: the delay is what the bursts need, and nothing runs dry', (ppm) => {
    const heard = simulate({ ppm, seconds: 600, wayMs: quiet });
    expect(heard).toMatchObject(LOST_NOTHING);
    expect(heard.heardShare).toBeGreaterThan(0.999);
    expect(heard.finalMs).toBeLessThan(15);
  });
});
