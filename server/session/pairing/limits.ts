/** Of a link's code: 128 bit. */
export const CODE_BYTES = 16;
/** Of a browser's key: 256 bit. */
export const KEY_BYTES = 32;
/** A link that nobody opened by then is good for nothing. */
export const CODE_LIFE_MS = 10 * 60 * 1000;
/** Links that wait at once; one more, and the oldest is good for nothing. */
export const CODES_MAX = 16;
export const PAIRINGS_MAX = 64;
/** A longer store is not ours: PAIRINGS_MAX grants take a tenth of it. */
export const STORE_BYTES_MAX = 256 * 1024;
/** How stale the stored "last seen" may be: each change of it is a write to the disk. */
export const SEEN_INTERVAL_MS = 60_000;
/** Codes that one address may try at once, and in a minute. */
export const CODE_TRIES_PER_ADDRESS = 20;
/** Codes of all addresses together: at once, and in a minute. */
export const CODE_TRIES_OF_ALL = 600;
/** Keys that are good for nothing: from one address, at once and in a minute. */
export const KEY_TRIES_PER_ADDRESS = 120;
/** Addresses whose tries are counted; the one that tried longest ago is forgotten. */
export const ADDRESSES_COUNTED = 1024;
/** A User-Agent is looked at this far. */
export const USER_AGENT_CHARACTERS = 512;
/** A signed listening address is good for so long, unless it is asked otherwise, and at most. */
export const LISTEN_LINK_LIFE_S = 12 * 3600;
export const LISTEN_LINK_LIFE_MAX_S = 7 * 24 * 3600;
