/** The copies thread looks at its tenants this often while it has any. */
export const TURN_INTERVAL_MS = 2;
/** News of tenants that the main thread has not heard yet; more are dropped and counted by those who tell them. */
export const UNHEARD_NEWS_LIMIT = 1024;
/** No sign of life for this long while there are tenants: the thread is replaced. */
export const STALL_LIMIT_MS = 2000;
/** The same for one that is still starting. */
export const START_LIMIT_MS = 5000;
/** The watch over the thread looks this often; after a longer gap than WATCH_GAP_MS it begins anew. */
export const WATCH_INTERVAL_MS = 250;
export const WATCH_GAP_MS = 1000;
