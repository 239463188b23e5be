import { mapPrivate, must, unmap } from '../../native-shim/sys.js';
import { CONTROL, PAGE_BYTES } from '../../native-shim/ring-layout.js';
import { controlWords, type RingMemory, samplePagesBytes, writeHeaders } from './ring-memory.js';

export interface TestRing extends RingMemory {
  readonly words: Int32Array;
}

/** Calls `use` with a ring of its own whose counters both stand at `position`. */
export function withRing(
  { capacityFrames, frameBytes = 4, position = 0 }: { capacityFrames: number; frameBytes?: number; position?: number },
  use: (ring: TestRing) => void,
): void {
  const page = BigInt(PAGE_BYTES);
  const sizeBytes = 2 * PAGE_BYTES + samplePagesBytes(capacityFrames, frameBytes);
  const address = must(mapPrivate(sizeBytes));
  const memory = { control: address, status: address + page, samples: address + 2n * page, capacityFrames, frameBytes };
  writeHeaders(memory);
  const words = controlWords(memory);
  words[CONTROL.written] = position;
  words[CONTROL.read] = position;
  try {
    use({ ...memory, words });
  } finally {
    unmap(address, sizeBytes);
  }
}

/** `count` frames of 4 bytes that say their own position, from `first` on. */
export function sequence(first: number, count: number): Uint8Array {
  const frames = Int32Array.from({ length: count }, (_, i) => (first + i) | 0);
  return new Uint8Array(frames.buffer);
}

/** What a consumer of 4-byte frames got, as positions modulo 2^32. */
export function positions(bytes: Uint8Array): number[] {
  return Array.from(new Int32Array(bytes.slice().buffer), (value) => value >>> 0);
}
