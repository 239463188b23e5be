/** Every bound of this room. */

export const RATE_MIN = 8_000;
export const RATE_MAX = 192_000;
export const CHANNELS_MAX = 8;
/** A quantum that `quantum=` fixes. */
export const QUANTUM_MIN = 32;
export const QUANTUM_MAX = 4_096;
/** A whole device spec: a path of PATH_MAX and its options. */
export const SPEC_CHARACTERS_MAX = 4_352;
export const NAME_CHARACTERS_MAX = 64;

/** What a file's writer thread may be behind before frames are dropped. A disk that stalls longer is too slow. */
export const FILE_QUEUE_S = 2;
/** The writer empties its queue and makes the header right this often: what `kill -9` can cost. */
export const FILE_FLUSH_INTERVAL_MS = 100;
/** For a writer thread to start and open its file. */
export const FILE_OPEN_LIMIT_MS = 1_500;
/** For a writer thread to finish its file when the server ends. */
export const FILE_CLOSE_LIMIT_MS = 2_000;

/** A device that runs and consumes nothing for this long is lost: its streams are to move within 2 s. */
export const ALSA_DEAD_MS = 1_500;
/** So much longer may a sound server take to begin. */
export const ALSA_START_GRACE_MS = 1_500;
/** For finding out at start-up whether a device opens. */
export const PROBE_LIMIT_MS = 1_000;
