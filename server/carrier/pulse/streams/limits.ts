/** What a ring holds beside two quanta, of what is queued: the main thread may be so late. More could not be rewritten any more. */
export const RING_AHEAD_US = 40_000;
/** Playback, upload and record streams of one client, each kind. */
export const CHANNELS_PER_CLIENT = 64;
