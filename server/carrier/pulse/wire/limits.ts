import { SAMPLE_BYTES_MAX } from '../../../session/limits.js';

/** Versions of the protocol: PulseAudio 0.9.11 (2008) is the first that is served, 15.0 brought the last. */
export const VERSION_MIN = 13;
export const VERSION_MAX = 35;

/** One packet of a client: the longest real ones carry a property list. PulseAudio takes 16 MiB. */
export const PACKET_LIMIT_BYTES = 128 * 1024;
/** One block of sound, within a frame or by reference: libpulse cuts at 65472 bytes. */
export const BLOCK_LIMIT_BYTES = 256 * 1024;
/** A sample of the cache comes in blocks, however long it is. */
export const UPLOAD_LIMIT_BYTES = SAMPLE_BYTES_MAX;
/** Descriptors that one frame may carry: PulseAudio's rule. A client has reason for one, its pool. */
export const FDS_PER_FRAME_MAX = 2;
/** Frames read but not yet taken that carry descriptors. */
export const FRAMES_WITH_FDS_MAX = 4;

/** A connection's first buffers; they grow only for longer frames. */
export const FIRST_READ_BUFFER_BYTES = 4 * 1024;
export const FIRST_WRITE_BUFFER_BYTES = 1024;
/** A write buffer that grew beyond this is given back when it was sent. */
export const KEPT_WRITE_BUFFER_BYTES = 64 * 1024;

/** Blocks that were copied and wait to be given back, at most; a client has 128 under way before it sends its sound inline. */
export const RELEASES_TOGETHER = 16;

export const COOKIE_BYTES = 256;
/** Any string: names, titles, arguments of modules. */
export const TEXT_LIMIT_BYTES = 4 * 1024;
/** Names of devices and samples. */
export const NAME_CHARACTERS_MAX = 128;

/** A property list: of one object, and in one packet. PulseAudio knows only the value's limit. */
export const PROPLIST_LIMITS = { entries: 128, keyBytes: 256, valueBytes: 64 * 1024, bytes: 96 * 1024 } as const;
/** What of a property list is shown where many objects are listed: who has too much to say must not make a list too long for its reader. */
export const BRIEF_LIMITS = { valueBytes: 256, bytes: 1024 } as const;
/** Formats that a stream may offer to choose from. */
export const FORMATS_MAX = 64;
/** Objects in one list: keys to remove. */
export const RECORDS_MAX = 256;

/** What the protocol can say (PA_CHANNELS_MAX, PA_RATE_MAX); what Weir plays is decided elsewhere. */
export const CHANNELS_MAX = 32;
export const RATE_MAX = 768_000;
