/** The ring's memory as c/ring_layout.h defines it. Offsets are in u32 words of the segment's first page. */

export const RING_MAGIC = 0x52494557;
export const RING_MAJOR = 1;
export const RING_MINOR = 0;
export const RING_VERSION = (RING_MAJOR << 16) | RING_MINOR;

/** Samples start here in the segment that holds them. */
export const PAGE_BYTES = 4096;

/** Words of `weir-control`'s first page. */
export const CONTROL = {
  magic: 0,
  version: 1,
  capacityFrames: 2,
  frameBytes: 3,
  written: 16,
  read: 32,
  wakeRequest: 48,
  wakeFrames: 49,
} as const;

/** Words of `weir-data`'s first page. */
export const STATUS = {
  magic: 0,
  version: 1,
  sequence: 16,
  frameLow: 17,
  frameHigh: 18,
  timeS: 19,
  timeNs: 20,
  delayFrames: 21,
  quantumFrames: 22,
  fillFrames: 23,
  starvedFrames: 24,
  underruns: 25,
  droppedFrames: 26,
  state: 27,
} as const;
