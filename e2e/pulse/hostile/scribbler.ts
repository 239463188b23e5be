/** A busy thread that keeps writing noise over a mapped pool. */
import { workerData } from 'node:worker_threads';
import { type Address, viewOf } from '../../../native-shim/library.js';

export interface Scribbling {
  readonly address: Address;
  readonly sizeBytes: number;
  readonly forMs: number;
}

const SLOT_BYTES = 65_536;
const WRITTEN_BYTES = 20_000;

const { address, sizeBytes, forMs } = workerData as Scribbling; // our own main thread's words
const bytes = new Uint8Array(viewOf(address, sizeBytes));
const end = performance.now() + forMs;
for (let turn = 0; performance.now() < end; turn++) {
  const at = (turn * SLOT_BYTES) % sizeBytes;
  bytes.fill(turn & 0xff, at, at + WRITTEN_BYTES);
}
