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

/** Writes what is queued. A failure is told and the frames stay queued: the disk may have room again later. */
function flush(): void {
  try {
    file ??= new WavFile(path, shape);
    if (state.asked) state.playing();
    if (queue.fill === 0) return;
    for (let bytes = queue.peek(); bytes.length > 0; bytes = queue.peek()) {
      file.append(bytes);
      queue.drop(bytes.length);
    }
    file.settle();
  } catch (error) {
    state.fail(errnoOf(error));
  }
}

function errnoOf(error: unknown): number {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? -error.errno : 0;
}

while (!state.closing) {
  const wakes = state.wakes;
  if (!state.failed) flush();
  if (!state.closing) state.sleep(FILE_FLUSH_INTERVAL_MS, wakes);
}
flush();
file?.close();
