import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { ALSA_DEAD_MS, ALSA_START_GRACE_MS } from '../limits.js';
import type { OutputDriver, SampleFormat } from '../output-driver.js';
import { Player } from '../testing/player.js';
import { sequence, withoutSilence } from '../testing/sequence.js';
import { frameBytesOf } from '../wav-header.js';
import { AlsaSetup } from './testing/fake-card.js';
import { openAlsa, tryAlsa } from './testing/open-alsa.js';

const setup = new AlsaSetup(`
pcm.s16 { type fake formats "S16_LE" file "DIR/s16.raw" }
pcm.s24 { type fake formats "S24_3LE" file "DIR/s24.raw" }
pcm.s32 { type fake formats "S32_LE" file "DIR/s32.raw" }
pcm.f32 { type fake formats "FLOAT_LE" file "DIR/f32.raw" }
pcm.all { type fake file "DIR/all.raw" }
pcm.fast { type fake ppm 500 }
pcm.slow { type fake ppm -500 }
pcm.dry { type fake dry_after 12000 file "DIR/dry.raw" }
pcm.unplugged { type fake fail_after 12000 file "DIR/unplugged.raw" }
pcm.frozen { type fake freeze_after 12000 }
pcm.hanging { type fake hang_after 12000 }
pcm.coarse { type fake formats "S16_LE" channels 6 rate 44100 periods 8 period_bytes 1536 }
pcm.small { type fake formats "S16_LE" channels 2 periods 2 period_bytes 64 }
pcm.wide { type fake channels 10 }
pcm.foreign { type fake formats "U8" channels 2 }
pcm.converted { type plug slave.pcm "foreign" }
`);
afterAll(() => setup.remove());

/** The frames that the card consumed, without the silence before and between them, are the first of the sequence. */
function countPlayed(driver: OutputDriver, file: string): number {
  const heard = withoutSilence(readFileSync(setup.path(file)), driver);
  const frames = heard.length / frameBytesOf(driver);
  expect(heard.equals(sequence(driver, 0, frames))).toBe(true);
  return frames;
}

describe('frames reach the card exactly', () => {
  for (const format of ['s16', 's24', 's32', 'f32'] satisfies SampleFormat[]) {
    test(format, () => {
      const driver = openAlsa(`${format}?channels=3`);
      expect(driver).toMatchObject({ format, channels: 3, rate: 48_000 });
      const player = new Player(driver);
      expect(player.play(512, 24_000, 10_000)).toBe('ready');
      const fill = driver.delayFrames();
      driver.close();
      const played = countPlayed(driver, `${format}.raw`);
      // What was still queued is thrown away by closing.
      expect(player.playedFrames - played).toBeLessThanOrEqual(fill);
      expect(played).toBeGreaterThan(20_000);
    });
  }

  test('while the quantum changes', () => {
    const driver = openAlsa('all');
    const player = new Player(driver);
    for (const quantum of [512, 4096, 256, 441, 1024]) player.play(quantum, quantum * 4, 5_000);
    driver.close();
    expect(countPlayed(driver, 'all.raw')).toBeGreaterThan(4 * 4096);
    expect(driver.droppedFrames).toBe(0);
  });
});

describe('the shape is negotiated and read back', () => {
  test('the best format, or the one that was asked for', () => {
    for (const [pcm, format] of [
      ['all', 's32'],
      ['all?format=f32', 'f32'],
      ['s16?format=s32', 's16'],
    ] as const) {
      const driver = openAlsa(pcm);
      expect(driver.format).toBe(format);
      driver.close();
    }
  });

  test('rate, channels and period of a coarse card', () => {
    const driver = openAlsa('coarse');
    expect(driver).toMatchObject({ format: 's16', rate: 44_100, channels: 6 });
    expect(driver.bufferFrames).toBeGreaterThanOrEqual(8_192);
    expect(new Player(driver).play(256, 2_560, 5_000)).toBe('ready');
    driver.close();
  });

  test('a card with few periods gets longer ones, so that the largest quantum fits', () => {
    const driver = openAlsa('small');
    expect(driver.bufferFrames).toBeGreaterThanOrEqual(2_048);
    expect(new Player(driver).play(512, 5_120, 5_000)).toBe('ready');
    driver.close();
  });

  test('a card that speaks none of our formats works through the plug layer', () => {
    expect(tryAlsa('foreign')).toMatchObject({ code: 'DEVICE_FAILED' });
    const driver = openAlsa('converted');
    expect(new Player(driver).play(512, 5_120, 5_000)).toBe('ready');
    driver.close();
  });

  test('what cannot be used is refused in one line', () => {
    expect(tryAlsa('wide')).toMatchObject({ code: 'DEVICE_FAILED', what: expect.stringContaining('10 channels') });
    expect(tryAlsa('nobody')).toMatchObject({ what: 'alsa:nobody cannot be used: Unknown PCM nobody' });
  });
});

describe('the clock is the card’s', () => {
  test.each([
    ['fast', 1.0005],
    ['slow', 0.9995],
  ])(
    '%s',
    (pcm, speed) => {
      const driver = openAlsa(pcm);
      const player = new Player(driver);
      player.play(512, 4_096, 5_000);
      const consumed = () => player.playedFrames - driver.delayFrames();
      const before = { frames: consumed(), ms: performance.now() };
      player.play(512, 144_000, 10_000);
      const rate = ((consumed() - before.frames) * 1000) / (performance.now() - before.ms);
      driver.close();
      // Each reading is exact to a frame and some microseconds; an xrun on a busy machine would be seen here.
      if (driver.xruns === 0) expect(Math.abs(rate / 48_000 / speed - 1)).toBeLessThan(150e-6);
      else expect(rate).toBeLessThan(48_000 * speed);
    },
    20_000,
  );

  test('the delay is about two quanta, and falls while nothing is written', async () => {
    const driver = openAlsa('all');
    new Player(driver).play(1024, 10_240, 5_000);
    const full = driver.delayFrames();
    expect(full).toBeGreaterThan(0);
    expect(full).toBeLessThanOrEqual(4 * 1024);
    await sleep(10);
    expect(driver.delayFrames()).toBeLessThan(full);
    driver.close();
  });
});

describe('a card that goes wrong', () => {
  test('one that says it is dry is counted with what it threw away, and goes on', () => {
    const driver = openAlsa('dry');
    const player = new Player(driver);
    expect(player.play(512, 36_000, 10_000)).toBe('ready');
    const { playedFrames } = player;
    const queued = driver.delayFrames();
    driver.close();
    expect(driver.xruns).toBeGreaterThanOrEqual(1);
    expect(driver.droppedFrames).toBeGreaterThan(0);
    const heard = withoutSilence(readFileSync(setup.path('dry.raw')), driver).length / frameBytesOf(driver);
    // The count is what cannot have been played: a few frames around the moment of the loss are uncertain.
    const missing = playedFrames - queued - heard - driver.droppedFrames;
    expect(Math.abs(missing)).toBeLessThan(512);
  });

  test('a thread that was late is an xrun, and no frame is lost', async () => {
    const driver = openAlsa('all');
    const player = new Player(driver);
    player.play(512, 5_120, 5_000);
    const before = driver.xruns;
    await sleep(200);
    expect(player.play(512, 5_120, 5_000)).toBe('ready');
    driver.close();
    expect(driver.xruns).toBeGreaterThan(before);
    expect(countPlayed(driver, 'all.raw')).toBeGreaterThan(6_000);
  });

  test('one that is unplugged is lost', () => {
    const driver = openAlsa('unplugged');
    expect(new Player(driver).play(512, 48_000, 5_000)).toBe('lost');
    expect(driver.wait()).toBe('lost');
    driver.close();
    expect(countPlayed(driver, 'unplugged.raw')).toBeLessThanOrEqual(12_000);
  });

  test('one that stops consuming is lost soon, and never holds the thread', () => {
    const driver = openAlsa('frozen');
    const start = performance.now();
    expect(new Player(driver).play(512, 48_000, 20_000)).toBe('lost');
    const tookMs = performance.now() - start;
    driver.close();
    expect(tookMs).toBeGreaterThan(ALSA_DEAD_MS);
    expect(tookMs).toBeLessThan(250 + ALSA_DEAD_MS + ALSA_START_GRACE_MS + 2_000);
  }, 20_000);

  test('one whose driver hangs holds its thread in that one write', async () => {
    const program = fileURLToPath(new URL('../testing/player-program.js', import.meta.url));
    const child = spawn(process.execPath, [program, 'alsa:hanging'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let last = 0;
    let rest = '';
    child.stdout.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) last = Number(line.split(' ')[1]);
    });
    for (let seen = -1, tries = 0; (seen !== last || last === 0) && tries < 50; tries++) {
      seen = last;
      await sleep(1_000);
    }
    // It announced a write that would have reached the frame, and none after; the card also counts our silence.
    expect(last).toBeGreaterThan(4_000);
    expect(last).toBeLessThanOrEqual(12_000);
    expect(child.exitCode).toBeNull();
  }, 60_000);
});
