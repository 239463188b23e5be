/** Connections that may wait to be accepted. */
export const BACKLOG = 128;
/** Where descriptors or memory are out, how long until the next try to accept. */
export const ACCEPT_PAUSE_MS = 100;
/** Connections accepted before those that exist have their turn. */
export const ACCEPTS_PER_TURN = 32;
