import { workerData } from 'node:worker_threads';
import { ByteQueue } from './byte-queue.js';
import { FileWriterState } from './file-writer-state.js';
import { FILE_FLUSH_INTERVAL_MS } from './limits.js';
import type { FilePlan } from './prepare-output.js';
import { WavFile } from './wav-file.js';

// The thread that writes one WAV. It belongs to the main thread and outlives the engine threads that play into it.

const { path, shape, queue: queueMemory, state: stateMemory } = workerData as FilePlan; // our own main thread's words
const queue = new ByteQueue(queueMemory);
const state = new FileWriterState(stateMemory);
let file: WavFile | undefined;

/** Writes what is queued. A failure is told and the rest stays queued: the disk may have room again later. */
function flush(): void {
  try {
    file ??= new WavFile(path, shape);
    if (queue.fill > 0) write(file);
    if (state.asked) state.playing();
  } catch (error) {
    state.fail(errnoOf(error));
  }
}

function write(to: WavFile): void {
  try {
    for (let bytes = queue.peek(); bytes.length > 0; bytes = queue.peek()) queue.drop(to.appendSome(bytes));
  } finally {
    to.settle();
  }
}

function errnoOf(error: unknown): number {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? -error.errno : 0;
}

while (!state.closing) {
  const wakes = state.wakes;
  if (!state.failed) flush();
  state.sleep(FILE_FLUSH_INTERVAL_MS, wakes);
}
flush();
file?.close();
