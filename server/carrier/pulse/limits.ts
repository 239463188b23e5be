/** Of one user, and of one process. Firefox and Chromium have two or three a process. */
export const CONNECTIONS_PER_USER = 640;
export const CONNECTIONS_PER_PROCESS = 96;
/** Connections of one process that have not said who they are, each for at most so long. */
export const STRANGERS_MAX = 16;
export const GREETING_LIMIT_MS = 3000;
/** What one connection may ask for: frames, bytes of sound, blocks that go elsewhere than to the end. Beyond it is not read for a while. */
export const FRAMES_PER_SECOND = 20_000;
export const FRAMES_AT_ONCE = 4000;
export const SOUND_BYTES_PER_SECOND = 64 * 1024 * 1024;
export const SOUND_BYTES_AT_ONCE = 16 * 1024 * 1024;
export const SEEKS_PER_SECOND = 2000;
export const SEEKS_AT_ONCE = 500;
/**
 * The main thread's time that one process may take by what it asks for, in ms: a quarter of a core, and so little in a row that nobody's
 * ring runs dry meanwhile (RING_AHEAD_US). What streams need in time is served when the engine says so, and not counted.
 */
export const WORK_MS_PER_SECOND = 250;
export const WORK_MS_AT_ONCE = 10;
/** How long that while is. */
export const NAP_MS = 10;
/** Frames carried out in a row before others have their turn. */
export const FRAMES_PER_TURN = 256;
/** Answers that the client has not read: it is not read either until it has; past the last limit it ends. */
export const UNSENT_PAUSE_BYTES = 128 * 1024;
export const UNSENT_LIMIT_BYTES = 2 * 1024 * 1024;
