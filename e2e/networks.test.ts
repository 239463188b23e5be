import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.js';
import type { WeatherName } from './network/weather.js';
import { MonitorEar } from './probe/monitor-ear.js';
import { heardBy, heardFrames } from './probe/probe-page.js';
import { ProbedPath } from './probe/probed-path.js';
import { dropoutsOf, gapsOf, largestJump, RATE, residueDb, STEADY } from './probe/quadrature.js';

const WINDOW_FRAMES = 2 * RATE;
/** So deep that a machine which is busy for a moment does not show. */
const DEEP_MS = 300;
/** A browser that gets no processor for a while makes faults of its own, which nobody can tell: twice in a row it does not. */
const ONCE_MORE = { retry: 1, timeout: 120_000 };
/** Windows that are looked at until one passes in which the machine kept up. */
const WINDOWS = 8;

/** Noise and distortion (THD+N) of the whole path: −130 dB is what a quiet machine measures. */
const RESIDUE_DB = -90;
/** As long as the senders' rates are being learnt, the pitch moves: by a hundredth of a cent, but a sine that is fitted sees it. */
const LOCK_MS = 12_000;

/** One direction of the path: what came through it, and what was made up there. */
interface Way {
  readonly name: string;
  /** The next so many frames. */
  hear(frames: number): Promise<Float32Array>;
  /** Frames that were made up since the stream began. */
  concealed(): Promise<number>;
  /** Grows with everything that was not heard as it was sent. */
  faults(): Promise<number>;
}

function upTo(path: ProbedPath): Way {
  return {
    name: 'what the page captures',
    hear: async (frames) => {
      await using ear = await MonitorEar.open(path.weir, 'up');
      await eventually('the ear hears', () => (ear.frames >= frames ? true : undefined), 30_000);
      expect(ear.lostFrames).toBe(0);
      return ear.samples().subarray(0, 2 * frames);
    },
    concealed: async () => (await path.jitter()).concealedFrames,
    faults: async () => {
      const stream = await path.stream();
      const dropped = (await path.stats()).play.reduce((sum, { framesDropped }) => sum + framesDropped, 0);
      const { concealedFrames = NaN, lostPackets = NaN, latePackets = NaN } = stream?.jitter ?? {};
      return concealedFrames + lostPackets + latePackets + dropped + (stream?.underruns ?? NaN);
    },
  };
}

function downFrom(path: ProbedPath): Way {
  return {
    name: 'what the page listens to',
    hear: async (frames) => {
      const from = await heardFrames(path.page);
      await eventually(
        'the page hears',
        async () => ((await heardFrames(path.page)) >= from + frames ? true : undefined),
        30_000,
      );
      return (await heardBy(path.page, frames)).samples;
    },
    concealed: async () => (await path.stats()).listen.concealedFrames,
    faults: async () => {
      const { concealedFrames, lostFrames, skippedFrames, droppedFrames, underruns } = (await path.stats()).listen;
      return concealedFrames + lostFrames + skippedFrames + droppedFrames + underruns;
    },
  };
}

/**
 * THD+N of the first window that is whole and true, in which, as the product says, nothing was made up; 0: there is none. A browser that gets no processor for a
 * moment loses sound before anybody counts it, and the rate is learnt anew from what it sends then.
 */
async function truestWindowDb(way: Way): Promise<number> {
  let least = 0;
  for (let n = 0; n < WINDOWS && least > RESIDUE_DB; n++) {
    const before = await way.faults();
    const samples = await way.hear(WINDOW_FRAMES);
    // Both sides tell it a few times a second.
    await sleep(600);
    if ((await way.faults()) === before && isWhole(samples)) least = Math.min(least, residueDb(samples));
  }
  return least;
}

const isWhole = (samples: Float32Array): boolean =>
  gapsOf(samples, STEADY.level).length === 0 &&
  dropoutsOf(STEADY, samples).length === 0 &&
  largestJump(STEADY, samples) < 1.5;

/** Of what is heard no more than this share is silent, nor made up in place of what did not come. */
async function expectHeard(way: Way, share: number): Promise<void> {
  const before = await way.concealed();
  const gaps = gapsOf(await way.hear(WINDOW_FRAMES), STEADY.level);
  expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBeLessThan(share * WINDOW_FRAMES);
  expect((await way.concealed()) - before).toBeLessThan(share * WINDOW_FRAMES);
}

describe.each(['webtransport', 'websocket'] as const)('over %s', (carrier) => {
  let path: ProbedPath;
  let ways: readonly Way[];

  beforeAll(async () => {
    path = await ProbedPath.open({ carrier, weather: 'lan', signal: STEADY });
    await path.speak({ codec: 'pcm', latencyMs: DEEP_MS });
    await path.listen({ codec: 'pcm', latencyMs: DEEP_MS });
    ways = [upTo(path), downFrom(path)];
  }, 120_000);

  afterAll(() => path[Symbol.asyncDispose](), 30_000);

  test('on a LAN no frame is lost, doubled or swapped for seconds, and PCM is true, both ways', ONCE_MORE, async () => {
    await sleep(LOCK_MS);
    for (const way of ways) expect(await truestWindowDb(way), way.name).toBeLessThan(RESIDUE_DB);
  });

  describe.each<[WeatherName, number]>([
    ['goodWifi', 0.05],
    ['badWifi', 0.15],
    ['mobile', 0.25],
  ])('by Opus in weather "%s"', (weather, share) => {
    beforeAll(async () => {
      path.network.become('lan');
      await path.retune({ codec: 'opus', latencyMs: 'auto' });
      path.network.become(weather);
      // The delay that this network needs is found by then.
      await sleep(3000);
    }, 60_000);

    test(`sound goes on both ways, of which less than ${share * 100} % is made up`, ONCE_MORE, async () => {
      for (const way of ways) await expectHeard(way, share);
    });
  });

  test.each([2000, 5000])('after an outage of %i ms it is back by itself, both ways', ONCE_MORE, async (outageMs) => {
    const before = await path.stream();
    path.network.become('outage');
    await sleep(outageMs);
    path.network.become('goodWifi');
    for (const way of ways) {
      await eventually(
        `${way.name} is back`,
        async () => {
          const gaps = gapsOf(await way.hear(RATE / 2), STEADY.level);
          return gaps.every((gap) => gap < RATE / 20) ? true : undefined;
        },
        20_000,
      );
    }
    expect((await path.weir.snapshot()).streams.filter(({ transport }) => transport === 'copies')).toHaveLength(2);
    // None began anew: what was learnt of the sender's clock is known yet.
    expect((await path.stream())?.stream).toBe(before?.stream);
  });
});
