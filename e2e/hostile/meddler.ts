/** A busy thread that keeps changing words of a shared control page, faster than anybody can read them twice. */
import { workerData } from 'node:worker_threads';
import { viewOf } from '../../native-shim/library.js';
import { PAGE_BYTES } from '../../native-shim/ring-layout.js';

export interface Meddling {
  control: bigint;
  /** The words to change, and between which numbers each changes; `add`: it counts up instead. */
  words: { word: number; from: number; to: number }[];
  counting: number[];
  forMs: number;
}

const { control, words, counting, forMs } = workerData as Meddling; // our own main thread's words
const page = new Int32Array(viewOf(control, PAGE_BYTES));
const end = performance.now() + forMs;
while (performance.now() < end) {
  for (let turn = 0; turn < 1000; turn++) {
    for (const { word, from, to } of words) Atomics.store(page, word, turn % 2 === 0 ? from : to);
    for (const word of counting) Atomics.add(page, word, 1);
  }
}
