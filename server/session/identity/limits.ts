/** How much of /proc is read to find one peer. Past any of these the peer counts as unknown. */
export interface IdentityLimits {
  /** Of /proc/net/tcp or tcp6. */
  readonly socketTableBytes: number;
  /** Of one user. */
  readonly processes: number;
  /** Open ones of all its processes together. */
  readonly descriptors: number;
}

/** A table of 16 MiB holds about 100,000 sockets: another user who opens more shall not fill our memory. */
export const IDENTITY_LIMITS: IdentityLimits = {
  socketTableBytes: 16 * 1024 * 1024,
  processes: 8192,
  descriptors: 262_144,
};

/** Longest file of /proc/PID that is read (attr/current). */
export const PROCESS_FILE_BYTES = 4096;

/** A scan of all processes gives the event loop back at least this often. */
export const SCAN_SLICE_MS = 4;
