import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { AlsaSetup } from '../device/alsa/testing/fake-card.js';
import { parseDeviceSpec } from '../device/device-spec.js';
import { prepareOutput } from '../device/prepare-output.js';
import { EngineThread } from './engine-thread-handle.js';
import { ABANDONED_LIMIT_MS, START_LIMIT_MS, WATCH_GAP_MS } from './limits.js';

// A PCM that writes into a FIFO without a reader: opening it hangs in the kernel until somebody reads.
let alsa: AlsaSetup;
beforeAll(() => {
  alsa = new AlsaSetup('pcm.stuck { type file slave.pcm null file "DIR/fifo" format raw }');
  execFileSync('mkfifo', [alsa.path('fifo')]);
});
afterAll(() => alsa.remove());

let thread: EngineThread;
let failures: string[];
beforeEach(() => {
  failures = [];
  const spec = parseDeviceSpec('alsa:stuck');
  if (spec instanceof Error) throw spec;
  const ignore = () => {};
  const events = { opened: ignore, gone: ignore, signalled: ignore, failed: (why: string) => failures.push(why) };
  const started = EngineThread.start(prepareOutput(spec).plan, events);
  if (started instanceof Error) throw started;
  thread = started;
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  thread.abandon();
  const reader = openSync(alsa.path('fifo'), constants.O_RDONLY | constants.O_NONBLOCK);
  await thread.exited;
  closeSync(reader);
});

/** Watches it for so long of its time, as often as the server does. */
function watchFor(durationMs: number, fromMs: number): number {
  for (let ms = 0; ms <= durationMs; ms += 100) thread.check(fromMs + ms);
  return fromMs + durationMs;
}

test('a device that does not open is given up when its time is over, and not before', () => {
  const nowMs = watchFor(START_LIMIT_MS - 200, performance.now());
  expect(failures).toEqual([]);
  watchFor(400, nowMs);
  expect(failures).toEqual([`it gave no sign of life for ${START_LIMIT_MS} ms`]);
});

test('where the watch itself stood still, the thread gets its time anew', () => {
  let nowMs = watchFor(START_LIMIT_MS - 200, performance.now());
  nowMs = watchFor(START_LIMIT_MS - 200, nowMs + WATCH_GAP_MS + 1);
  expect(failures).toEqual([]);
  watchFor(400, nowMs);
  expect(failures).toHaveLength(1);
});

test('one that is given up and does not end by itself is terminated', () => {
  const terminate = vi.spyOn(Worker.prototype, 'terminate').mockResolvedValue(0);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  thread.abandon();
  vi.advanceTimersByTime(ABANDONED_LIMIT_MS - 1);
  expect(terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(terminate).toHaveBeenCalledOnce();
  expect(thread.ended).toBe(false);
});
