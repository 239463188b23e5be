/** A stream's wanted latency; 0 is no wish. */
export const LATENCY_MIN_US = 1000;
export const LATENCY_MAX_US = 2_000_000;
export const RATE_MIN_HZ = 8000;
export const RATE_MAX_HZ = 192_000;
export const CHANNELS_MAX = 8;
export const NAME_CHARACTERS_MAX = 128;
/** How often copies are taken out of rings, and grants renewed. */
export const PUMP_INTERVAL_MS = 5;
/** While frames are being dropped, how often the client is told. */
export const DROPS_TOLD_INTERVAL_MS = 1000;
/** Opus: what a listener may ask for, and what each channel gets when it does not. */
export const BITRATE_MIN = 16_000;
export const BITRATE_MAX = 256_000;
export const BITRATE_PER_CHANNEL = 45_000;
/** Opus packets this short are for those who want low latency: no look-ahead for speech. */
export const LOW_DELAY_PACKET_US = 5000;
/** Opus encoders of all feeds, and of the feeds that one client was the first to ask for. Whoever wants more gets PCM. */
export const ENCODERS_MAX = 64;
export const ENCODERS_PER_CLIENT_MAX = 4;
/** What may wait unsent for one connection, however fast it is sent, before its listeners lose sound. */
export const UNSENT_AUDIO_LIMIT_BYTES = 256 * 1024;
/** How often streams without an output look for one. */
export const ADOPT_INTERVAL_MS = 1000;
/** How long a stream whose output is gone waits for another before it ends. */
export const ORPHAN_LIMIT_MS = 60_000;
/** Packets of a stream on their way to the copies thread: so much sound as PCM, within these bounds. */
export const PACKET_QUEUE_MS = 500;
export const PACKET_QUEUE_BYTES_MIN = 64 * 1024;
export const PACKET_QUEUE_BYTES_MAX = 2 * 1024 * 1024;
/** What a live stream's ring holds where the jitter buffer finds its depth by itself: four times this. */
export const LIVE_DEPTH_MAX_US = 250_000;
/** A talking stream asks its output for a quantum of half of this at most. */
export const TALK_ENGINE_LATENCY_US = 10_000;
