/** Frames in one ring: 2 s of wanted latency, four times over, at 192 kHz. */
export const CAPACITY_FRAMES_LIMIT = 2 ** 21;

/** Bytes in one frame: 8 channels of 32 bits. */
export const FRAME_BYTES_LIMIT = 32;

/** What a segment may be declared to hold, before any quota: the largest ring and its page. */
export const SEGMENT_BYTES_LIMIT = CAPACITY_FRAMES_LIMIT * FRAME_BYTES_LIMIT + 4096;

/** A reader of the status page gives up for this time after so many attempts; the next look will do. */
export const STATUS_ATTEMPTS_LIMIT = 32;

/** What the programs of one user may keep mapped of streams that have ended, before that user gets copies only. */
export const KEPT_BYTES_LIMIT = 32 * 1024 * 1024;
