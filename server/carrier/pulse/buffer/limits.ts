/** What a stream may have queued, whatever it asks for (maxlength). */
export const QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** Memory of a queue before anything is written; it doubles as it must. */
export const QUEUE_BYTES_FIRST = 64 * 1024;
/** A place in a stream further than this from its start is nobody's intent: 140 years of stereo floats. Exact in a double. */
export const INDEX_MAX = 2 ** 52;
/** What "the server decides" means, in µs of sound. */
export const TLENGTH_DEFAULT_US = 2_000_000;
export const FRAGMENT_DEFAULT_US = 2_000_000;
export const MINREQ_DEFAULT_US = 20_000;
/** A client is asked before the next quantum leaves less than this: so late may it, and this server, answer. Few requests are cheap for both. */
export const BRIDGE_US = 6000;
/** What is missing for so long is asked for: a client would have to write too much at once. */
export const REQUEST_PACE_US = 8000;
/** Recorded sound in one frame: libpulse's own blocks are as long. */
export const SENT_AT_ONCE_BYTES = 64 * 1024;
