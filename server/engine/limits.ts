import { LIMITER_DELAY_FRAMES } from '../../native-shim/kernels.js';

/** Streams that one output carries at once, playback and record together. */
export const SLOT_LIMIT = 1024;
/** Orders that wait for the engine thread; more are held back on the main thread. */
export const ORDER_LIMIT = 512;
export const CHANNEL_LIMIT = 8;
export const QUANTUM_MAX_FRAMES = 4096;
/** The limiter's constant look-ahead, part of every latency. */
export const LOOK_AHEAD_FRAMES = LIMITER_DELAY_FRAMES;
/** A fader, mute, pause, move or kill takes this long: short enough to feel at once, long enough not to click. */
export const RAMP_MS = 10;
/** No sign of life for this long: the thread is replaced. The longest honest wait is WAIT_LIMIT_MS. */
export const STALL_LIMIT_MS = 1000;
/** The watch over engine threads looks every 100 ms; after a longer gap than this it begins anew. */
export const WATCH_GAP_MS = 500;
/** A thread that was given up and does not end by itself within this time is terminated. */
export const ABANDONED_LIMIT_MS = 30_000;
/** How long a new thread waits for the one before it to close the device. */
export const HANDOVER_LIMIT_MS = 1000;
/** Of SCHED_FIFO: above desktop programs that ask for a little, below the kernel's own threads. */
export const REALTIME_PRIORITY = 20;
/** Starting a thread and opening its device may take this long. */
export const START_LIMIT_MS = 3000;
/** An output that nobody uses closes its device and ends its thread after this long. */
export const IDLE_STOP_MS = 5000;
/** A lost device is tried again after this long, and each time that fails after twice as long, up to the last. */
export const REVIVE_FIRST_MS = 2000;
export const REVIVE_LAST_MS = 30_000;
/** At the server's end, streams have this long to fade out. */
export const FADE_OUT_LIMIT_MS = 300;
/** A thread that failed is replaced this often within RESTART_WINDOW_MS; then its device counts as lost. */
export const RESTART_LIMIT = 5;
export const RESTART_WINDOW_MS = 30_000;
