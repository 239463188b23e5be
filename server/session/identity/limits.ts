/** How much of /proc is read to find one peer. Past any of these the peer counts as unknown. */
export interface IdentityLimits {
  /** Of /proc/net/tcp or tcp6. */
  readonly socketTableBytes: number;
  /** Of one user. */
  readonly processes: number;
  /** Open ones of all its processes together. */
  readonly descriptors: number;
}

/** A table of 16 MiB holds about 100,000 sockets: another user who opens more shall not hold the thread up. */
export const IDENTITY_LIMITS: IdentityLimits = {
  socketTableBytes: 16 * 1024 * 1024,
  processes: 8192,
  descriptors: 262_144,
};

/** Longest file of /proc/PID that is read (attr/current). */
export const PROCESS_FILE_BYTES = 4096;

/** A socket table is read in pieces of this size. */
export const TABLE_CHUNK_BYTES = 64 * 1024;

/** A look at other processes that takes longer hangs: its thread is given up. A machine whose cores are all busy takes a second. */
export const ANSWER_LIMIT_MS = 2000;

/** A thread that has not answered by then gets the server's precedence: whose own machine is busy shall not count as a stranger. */
export const HURRY_AFTER_MS = 300;

/** With so many threads given up and not back yet, nobody is looked at any more. */
export const HUNG_THREADS = 4;

/** Questions of one desk that wait at once. */
export const QUESTIONS = 1024;

/** A thread that was asked nothing for so long ends, and its memory with it. */
export const THREAD_IDLE_MS = 10_000;

/** Its heap: the names of IDENTITY_LIMITS.descriptors fit. One that needs more ends, and its questions stay unanswered. */
export const THREAD_HEAP = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };
