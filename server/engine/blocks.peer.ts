import { workerData } from 'node:worker_threads';
import { BlockWriter } from './blocks.js';

// The writing thread of blocks.race.test.ts: each write says one number many times, until the test says stop.

const { blocks, stop, slot } = workerData as { blocks: SharedArrayBuffer; stop: Int32Array; slot: number };
const writer = new BlockWriter(blocks);

for (let n = 1; Atomics.load(stop, 0) === 0; n = (n + 1) % 2 ** 20) {
  // The same number in the low and the high word of the frames.
  writer.stream(slot, n, n * (2 ** 32 + 1), n, n, n, n);
  writer.output(n, n, n);
  // Real quanta are far apart; a reader shall find a moment between two writes.
  for (let pause = 0; pause < 200; pause++) writer.beat();
}
