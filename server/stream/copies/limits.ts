/** From one turn of the copies thread to the next, while it has tenants. */
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
/** Packets of one stream that are taken in one turn: a flood waits, and fills its own queue. */
export const PACKETS_A_TURN = 64;
/** The work of a turn: each tenant has the same share of it, TENANT_TURN_MS at most; a packet at least, and the rest waits. */
export const TURN_WORK_MS = 8;
export const TENANT_TURN_MS = 1;
/** With so few tenants a turn costs so little that each packet may have its own; with more they wait for each other. */
export const FEW_TENANTS = 8;
/** What is missing is made up for when the engine needs it within this time: until the next turn, and half of one more. */
export const GUARD_MS = 3;
/** A packet that comes so much later than the buffer is deep, while nothing is heard, belongs to an outage. */
export const STALE_MS = 40;
/** Nothing came for so long: no jitter does that. */
export const OUTAGE_MS = 200;
/** How often a live stream says what it has come to. */
export const REPORT_INTERVAL_MS = 250;
/** What comes in time waits so much longer than it had to: threads between a browser and the ring stand still now and then. */
export const SPARE_MS = { talk: 1.5, music: 0 } as const;
/** A sender's line that moves by more at once: it stood still. Less is the line's own search. */
export const LIFT_NOTICED_MS = 5;
/** What was made up for late packets and is kept, when the first of them is here, until it shows that the rest is not late. */
export const LATE_RESERVE_MS = 10;
