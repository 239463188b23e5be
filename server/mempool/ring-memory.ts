import { type Address, viewOf } from '../../native-shim/library.js';
import { CONTROL, PAGE_BYTES, RING_MAGIC, RING_MAJOR, RING_VERSION, STATUS } from '../../native-shim/ring-layout.js';
import { WeirError } from '../observe/errors.js';
import { CAPACITY_FRAMES_LIMIT, FRAME_BYTES_LIMIT } from './limits.js';

export type Direction = 'playback' | 'record';

/** What a ring is made for. */
export interface RingShape {
  /** A power of two. */
  readonly capacityFrames: number;
  readonly frameBytes: number;
  readonly direction: Direction;
}

/** Where a ring lies in this process, and its private truth. Plain, so that it can be posted to a worker. */
export interface RingMemory {
  /** The control page. */
  readonly control: Address;
  /** The status page. */
  readonly status: Address;
  /** `capacityFrames × frameBytes` bytes, interleaved. */
  readonly samples: Address;
  /** A power of two. */
  readonly capacityFrames: number;
  readonly frameBytes: number;
}

export interface SegmentSizes {
  controlBytes: number;
  dataBytes: number;
}

const MINIMUM_US = 200_000;
const LATENCIES = 4;

/** A playback ring for a wanted latency: a power of two of frames, at least four times that and at least 200 ms. */
export function ringCapacityFrames(rate: number, latencyUs: number): number {
  const frames = (Math.max(LATENCIES * latencyUs, MINIMUM_US) * rate) / 1e6;
  return Math.min(2 ** Math.ceil(Math.log2(frames)), CAPACITY_FRAMES_LIMIT);
}

/** The same for a record ring, which holds 1 s at most: that is what a listener may keep after it left. */
export function recordCapacityFrames(rate: number, latencyUs: number): number {
  return Math.min(ringCapacityFrames(rate, latencyUs), 2 ** Math.floor(Math.log2(rate)));
}

/** Whether these can be a ring: a power of two within the limits, of frames of 1 to 32 bytes. */
export function isRingShape(capacityFrames: number, frameBytes: number): boolean {
  const powerOfTwo = Number.isInteger(Math.log2(capacityFrames));
  const wholeBytes = Number.isInteger(frameBytes) && frameBytes >= 1 && frameBytes <= FRAME_BYTES_LIMIT;
  return powerOfTwo && capacityFrames >= 1 && capacityFrames <= CAPACITY_FRAMES_LIMIT && wholeBytes;
}

/** Bytes of the samples, in whole pages. */
export function samplePagesBytes(capacityFrames: number, frameBytes: number): number {
  return Math.ceil((capacityFrames * frameBytes) / PAGE_BYTES) * PAGE_BYTES;
}

/** Sizes of `weir-control` and `weir-data` (docs/ring-layout.md): the samples follow the page that their producer writes. */
export function segmentSizes(direction: Direction, capacityFrames: number, frameBytes: number): SegmentSizes {
  const samplesBytes = samplePagesBytes(capacityFrames, frameBytes);
  return direction === 'playback'
    ? { controlBytes: PAGE_BYTES + samplesBytes, dataBytes: PAGE_BYTES }
    : { controlBytes: PAGE_BYTES, dataBytes: PAGE_BYTES + samplesBytes };
}

/** The ring that lies in two mapped segments of `segmentSizes`. */
export function ringInSegments(
  direction: Direction,
  control: Address,
  data: Address,
  shape: { capacityFrames: number; frameBytes: number },
): RingMemory {
  const samples = (direction === 'playback' ? control : data) + BigInt(PAGE_BYTES);
  return { control, status: data, samples, capacityFrames: shape.capacityFrames, frameBytes: shape.frameBytes };
}

/** The words of the control page. Signed, so that the difference of two counters stays a small integer. */
export function controlWords(memory: RingMemory): Int32Array {
  return new Int32Array(viewOf(memory.control, PAGE_BYTES));
}

export function statusWords(memory: RingMemory): Int32Array {
  return new Int32Array(viewOf(memory.status, PAGE_BYTES));
}

export function sampleBytes(memory: RingMemory): Uint8Array {
  return new Uint8Array(viewOf(memory.samples, memory.capacityFrames * memory.frameBytes));
}

/** Marks fresh, zeroed memory as a ring. The server's part. */
export function writeHeaders(memory: RingMemory): void {
  const control = controlWords(memory);
  control[CONTROL.capacityFrames] = memory.capacityFrames;
  control[CONTROL.frameBytes] = memory.frameBytes;
  control[CONTROL.magic] = RING_MAGIC;
  control[CONTROL.version] = RING_VERSION;
  const status = statusWords(memory);
  status[STATUS.magic] = RING_MAGIC;
  status[STATUS.version] = RING_VERSION;
}

/** What a client finds wrong with the ring that it was handed. */
export function checkHeaders(memory: RingMemory): WeirError | undefined {
  const control = controlWords(memory);
  const status = statusWords(memory);
  if (control[CONTROL.magic] !== RING_MAGIC || status[STATUS.magic] !== RING_MAGIC) {
    return new WeirError('BAD_MESSAGE', 'the segments do not hold a ring');
  }
  for (const version of [control[CONTROL.version] ?? 0, status[STATUS.version] ?? 0]) {
    if (version >>> 16 !== RING_MAJOR) {
      return new WeirError('VERSION_MISMATCH', `the ring has layout ${version >>> 16}, not ${RING_MAJOR}`);
    }
  }
  if (control[CONTROL.capacityFrames] !== memory.capacityFrames || control[CONTROL.frameBytes] !== memory.frameBytes) {
    return new WeirError('BAD_MESSAGE', 'the ring in the segments is not the ring that was announced');
  }
  return undefined;
}
