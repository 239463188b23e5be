import { SEEK, type SeekMode } from '../numbers.js';

/** What precedes every frame: length, channel, offset (high, low), flags; u32 each, big endian. */
export const DESCRIPTOR_BYTES = 20;
/** Block, pool, index, length; u32 each, big endian: what stands in a frame instead of the sound itself. */
export const REFERENCE_BYTES = 16;
/** The channel of frames that are of no stream. */
export const NO_CHANNEL = 0xffff_ffff;

export const AT = { LENGTH: 0, CHANNEL: 4, OFFSET_HIGH: 8, OFFSET_LOW: 12, FLAGS: 16 } as const;

export const FLAG = {
  SEEK_MASK: 0x0000_00ff,
  /** The frame holds a reference. */
  REFERENCE: 0x8000_0000,
  /** …to a memfd that was registered, not to a file under /dev/shm. */
  MEMFD: 0x2000_0000,
  /** Whole values, not bits. */
  RELEASE: 0x4000_0000,
  REVOKE: 0xc000_0000,
} as const;

/** Where sound lies in a client's pool. Only said: whether there is such a place is for the pool to see. */
export interface BlockReference {
  readonly block: number;
  readonly pool: number;
  readonly index: number;
  readonly lengthBytes: number;
}

export function isSeekMode(value: number): value is SeekMode {
  return value <= SEEK.RELATIVE_END;
}
