/** Pools of one connection: libpulse registers one. */
export const POOLS_MAX = 2;
/** One pool; libpulse makes 64 MiB, unless its configuration says otherwise. */
export const POOL_BYTES_MAX = 256 * 1024 * 1024;
/** All pools of one user's clients, as declared: beyond, they send inline. */
export const USER_POOL_BYTES_MAX = 8 * 1024 * 1024 * 1024;
/** Sealing takes 0.2 ms. A client whose memory takes longer holds its inode's lock. */
export const SEAL_LIMIT_MS = 1000;
/** Pools of one user that hang in sealing: more are not taken until the kernel lets go of these. */
export const HUNG_SEALS_PER_USER = 4;
/** Where too many descriptors wait to be closed, how long until the next try. */
export const CLOSE_AGAIN_MS = 100;
