/** What the page expects of its worker. */
export const NET_LIMITS = {
  /** The worker says so often that it lives. */
  aliveMs: 1000,
  /** It is looked after this often, and given up when it was silent so many times in a row: a page that slept finds it alive. */
  lookMs: 2000,
  silentLooks: 4,
} as const;
