/** What the command accepts of files and pipes. */

/** Read at once: short enough that decoding it does not hold up the ring. */
export const READ_BYTES = 16 * 1024;

/** Enough to tell every kind of file, an Ogg stream's first packet included. */
export const SNIFF_BYTES = 64;

/** A WAV's `fmt ` or `ds64` chunk. */
export const WAV_CHUNK_BYTES = 4096;

/** Chunks before a WAV's samples. */
export const WAV_CHUNKS = 1000;

export const RATE_HZ = { least: 8000, most: 192_000 } as const;
export const CHANNELS = { least: 1, most: 8 } as const;
