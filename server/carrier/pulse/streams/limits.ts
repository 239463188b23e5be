/** What a ring holds beside two quanta at least (a third one, where that is longer), of what is queued: the main thread may be so late. More could not be rewritten any more. */
export const RING_AHEAD_US = 40_000;
/** Drains of one stream that wait for their answers: libpulse has one. */
export const DRAINS_MAX = 16;
/** How long a request waits, at most, for the room that streams of its client have which are fading out. */
export const FADED_LIMIT_MS = 1000;
