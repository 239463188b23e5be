import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { mapPrivate, must, unmap } from '../../native-shim/sys.js';
import { PAGE_BYTES } from '../../native-shim/ring-layout.js';
import { emptyPlayState, emptySenderState, LiveSenderEnd } from './live-block.js';

const ANSWERS = 20_000;
/** Both words of the double change from one to the next. */
const STEP = 2 ** 33 + 1;

test('numbers that belong together are heard together, both ways, while the other thread writes', async () => {
  const page = BigInt(PAGE_BYTES);
  const address = must(mapPrivate(3 * PAGE_BYTES));
  const memory = {
    control: address,
    status: address + page,
    samples: address + 2n * page,
    capacityFrames: 64,
    frameBytes: 4,
  };
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const result = new Int32Array(new SharedArrayBuffer(4));
  const peer = new Worker(new URL('./live-block.peer.js', import.meta.url), { workerData: { memory, stop, result } });
  const ended = once(peer, 'exit');
  const end = new LiveSenderEnd(memory);
  const told = emptySenderState();
  const heard = emptyPlayState();
  let torn = 0;
  let answers = 0;
  let last = 0;
  const giveUpMs = performance.now() + 20_000;
  for (let n = 1; answers < ANSWERS && performance.now() < giveUpMs; n++) {
    told.anchorFrame = told.anchorTimeNs = told.nsPerFrame = told.targetFrames = (n % 2 ** 18) * STEP;
    end.tell(told);
    if (!end.hear(heard)) continue;
    const { readFrame } = heard;
    if ([heard.timeNs, heard.latencyFrames, heard.driftPpm].some((number) => number !== readFrame)) torn++;
    if (readFrame !== last) answers++;
    last = readFrame;
  }
  Atomics.store(stop, 0, 1);
  await ended;
  unmap(address, 3 * PAGE_BYTES);
  expect(answers).toBe(ANSWERS);
  expect([torn, Atomics.load(result, 0)]).toEqual([0, 0]);
});
