import type { BudgetLimits } from './budget.js';

/** Of one user, and of one process. Firefox and Chromium have two or three a process. */
export const CONNECTIONS_PER_USER = 640;
export const CONNECTIONS_PER_PROCESS = 96;
/** Connections of one process that have not said who they are, each for at most so long. */
export const STRANGERS_MAX = 16;
export const GREETING_LIMIT_MS = 3000;

const MIB = 1024 * 1024;
/**
 * What one connection may ask for: frames, bytes of sound, blocks that go elsewhere than to the end, and ms of the main thread's time that
 * carrying it out takes: a quarter of a core, and so little in a row that nobody's ring runs dry meanwhile (RING_AHEAD_US). Beyond it is
 * not read for a while. What streams need in time is served when the engine says so, and not counted.
 */
export const CONNECTION_BUDGET: BudgetLimits = {
  frames: { perSecond: 20_000, atOnce: 4000 },
  soundBytes: { perSecond: 64 * MIB, atOnce: 16 * MIB },
  seeks: { perSecond: 2000, atOnce: 500 },
  workMs: { perSecond: 250, atOnce: 10 },
};
/** The connections of one process, of another machine, and of all that a user's sandboxes hold in: each of these together. */
export const GROUP_BUDGET: BudgetLimits = {
  frames: { perSecond: 40_000, atOnce: 8000 },
  soundBytes: { perSecond: 128 * MIB, atOnce: 32 * MIB },
  seeks: { perSecond: 4000, atOnce: 1000 },
  workMs: { perSecond: 250, atOnce: 10 },
};
/** All connections of one user: the rest of the core is left to others, and to the streams. */
export const USER_BUDGET: BudgetLimits = {
  frames: { perSecond: 80_000, atOnce: 16_000 },
  soundBytes: { perSecond: 256 * MIB, atOnce: 64 * MIB },
  seeks: { perSecond: 8000, atOnce: 2000 },
  workMs: { perSecond: 600, atOnce: 20 },
};
/** How long that while is. */
export const NAP_MS = 10;
/** Frames carried out in a row before others have their turn. */
export const FRAMES_PER_TURN = 256;
/** Answers that the client has not read: it is not read either until it has; past the last limit it ends. */
export const UNSENT_PAUSE_BYTES = 128 * 1024;
export const UNSENT_LIMIT_BYTES = 2 * 1024 * 1024;
