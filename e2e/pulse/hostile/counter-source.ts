/** Counted frames to standard output, as fast as somebody takes them, until standard input ends; how many, to descriptor 3. */
import { writeSync } from 'node:fs';
import { once } from 'node:events';
import { counterFrames } from '../../counter.js';

const CHUNK_FRAMES = 4800;

const over = new AbortController();
process.stdin.on('end', () => over.abort()).resume();
let frames = 0;
for (; !over.signal.aborted; frames += CHUNK_FRAMES) {
  if (!process.stdout.write(counterFrames(frames + 1, CHUNK_FRAMES))) await once(process.stdout, 'drain');
  // Standard input is looked at too.
  else await new Promise((settle) => setImmediate(settle));
}
writeSync(3, String(frames));
