import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { BLOCKS_BYTES, BlockReader, BlockWriter } from './blocks.js';

const SLOT = 1023;
const CHANGES = 20_000;

test('numbers that belong together are read together, while another thread writes them', async () => {
  const blocks = new SharedArrayBuffer(BLOCKS_BYTES);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const writer = new Worker(new URL('./blocks.peer.js', import.meta.url), { workerData: { blocks, stop, slot: SLOT } });
  const ended = once(writer, 'exit');
  const reader = new BlockReader(blocks);
  const words = new Int32Array(blocks);
  // A writer that is put off the processor in mid-write stays there longer than a reader tries; what stands then is no tear.
  const midWrite = (block: number) => Atomics.load(words, block) % 2 !== 0;
  let torn = 0;
  let changes = 0;
  let last = 0;
  const giveUpMs = performance.now() + 20_000;
  while (changes < CHANGES && performance.now() < giveUpMs) {
    const { state, frames, fillFrames, latencyFrames, starvedFrames, underruns } = reader.stream(SLOT);
    const together = [fillFrames, latencyFrames, starvedFrames, underruns, frames / (2 ** 32 + 1)];
    if (together.some((n) => n !== state) && !midWrite(BlockWriter.stream(SLOT))) torn++;
    const { delayFrames, xruns } = reader.output();
    if (delayFrames !== xruns && !midWrite(0)) torn++;
    if (state !== last) changes++;
    last = state;
  }
  Atomics.store(stop, 0, 1);
  await ended;
  expect(changes).toBe(CHANGES);
  // It may go on writing just as a reader's last try ends: that is once in hours of real quanta.
  expect(torn).toBeLessThanOrEqual(2);
});
