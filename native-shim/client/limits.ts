/** What a client accepts of its server, and how long it waits for it. */

/** The longest message: a snapshot of a thousand streams takes a sixth of it. */
export const SERVER_MESSAGE_BYTES = 1024 * 1024;

/** Descriptors received and not yet claimed by a message: those of four streams opened at once. */
export const WAITING_FDS = 12;

/** Bytes queued towards a server that does not read. Audio waits long before this; requests alone never come near. */
export const SEND_QUEUE_BYTES = 4 * 1024 * 1024;

/** Audio copies wait while so much is queued, so that a volume or a close is not stuck behind them. */
export const AUDIO_QUEUE_BYTES = 64 * 1024;

/** One AudioPacket's samples. */
export const PACKET_BYTES = 16 * 1024;

/** Any request but drain, which lasts as long as its sound. */
export const ANSWER_TIMEOUT_MS = 5000;

/** Recorded audio held for a program that does not take it; the oldest beyond this is dropped and counted. */
export const RECORD_QUEUE_MS = 2000;
