/** Sound in one packet of a live stream, whatever its codec: what Opus has. */
export const PACKET_MS_MAX = 120;
/** Sound in one Opus packet: 120 ms at 48 kHz (RFC 6716, section 3.2.5). */
export const OPUS_PACKET_FRAMES_MAX = 5760;
/** An Opus packet's bytes: six frames of 20 ms at the most a frame has, and their lengths (RFC 6716, section 3.2.5). */
export const OPUS_PACKET_BYTES_MAX = 6 * 1275 + 13;
