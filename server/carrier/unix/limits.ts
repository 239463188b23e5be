/** Descriptors of one connection that no message has named yet: a sample upload needs one. */
export const WAITING_FDS_MAX = 4;
/** Each connection's first buffer; it grows only for a longer message. */
export const FIRST_BUFFER_BYTES = 4 * 1024;
/** Reads in a row from one connection before the others have their turn. */
export const READS_PER_TURN = 16;
/** A peer that a connection is closed to has so long to read what was sent to it before: the last of it says why. */
export const LAST_WORDS_MS = 1000;
