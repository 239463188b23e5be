const DAY_MS = 24 * 3600 * 1000;

/** How long certificates last, and how often it is looked whether one is still right. */
export const TLS_LIMITS = {
  authorityMs: 3650 * DAY_MS,
  /** Browsers take none that lasts longer than 398 days (CA/Browser Forum 6.3.2), Apple's and Mozilla's among them. */
  serverMs: 390 * DAY_MS,
  /** A server certificate with less than this left is renewed. */
  renewalMs: 30 * DAY_MS,
  /** Every certificate is valid from a little before its making: a phone's clock may be behind. */
  backdatedMs: DAY_MS,
  /** Addresses, names and files are looked at this often. */
  watchMs: 5000,
  /** Addresses in a server certificate; a machine full of containers may have more. */
  addresses: 64,
  /** For a TLS handshake; a phone in bad Wi-Fi needs some seconds. */
  handshakeMs: 8000,
  /** A file of certificates or a key. */
  fileBytes: 256 * 1024,
} as const;
