/** How much of /proc is read to find one peer. Past any of these the peer counts as unknown. */
export const IDENTITY_LIMITS = {
  /** About 100,000 sockets: another user who opens that many shall not fill our memory. */
  socketTableBytes: 16 * 1024 * 1024,
  /** Processes of one user. */
  processes: 8192,
  /** Open descriptors of all of them together. */
  descriptors: 262_144,
  /** Longest file of /proc/PID that is read: cgroup, attr/current. */
  processFileBytes: 16 * 1024,
  /** The scan gives the event loop back at least this often. */
  sliceMs: 4,
} as const;
