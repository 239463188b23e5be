import { workerData } from 'node:worker_threads';
import { emptyPlayState, emptySenderState, LivePlayEnd } from './live-block.js';
import type { RingMemory } from './ring-memory.js';

// The engine's end in live-block.race.test.ts: answers what it hears, until the test says stop.

const { memory, stop, result } = workerData as { memory: RingMemory; stop: Int32Array; result: Int32Array };
const end = new LivePlayEnd(memory);
const heard = emptySenderState();
const told = emptyPlayState();

while (Atomics.load(stop, 0) === 0) {
  if (!end.hear(heard)) continue;
  const { anchorFrame } = heard;
  const together = heard.anchorTimeNs === anchorFrame && heard.nsPerFrame === anchorFrame;
  if (!together || heard.targetFrames !== anchorFrame) Atomics.add(result, 0, 1);
  told.readFrame = told.timeNs = told.latencyFrames = told.driftPpm = anchorFrame;
  end.tell(told);
}
