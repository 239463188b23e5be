/** What one connection may cost this page. */
export const CARRIER_LIMITS = {
  /** Bytes handed to the browser that the network has not taken; past it audio waits, control goes on. */
  bufferedBytes: 512 * 1024,
} as const;
