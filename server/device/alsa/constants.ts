import type { SampleFormat } from '../output-driver.js';

/** Values of alsa/pcm.h and asm-generic/errno.h. */
export const STREAM_PLAYBACK = 0;
export const ACCESS_RW_INTERLEAVED = 3;

export const MODE_NONBLOCK = 0x1;
/** The plug layer shows what the hardware does instead of converting: our own conversions are better, and counted. */
export const MODE_AS_HARDWARE = 0x10000 | 0x20000 | 0x40000; // NO_AUTO_RESAMPLE, NO_AUTO_CHANNELS, NO_AUTO_FORMAT

export const FORMATS: Readonly<Record<SampleFormat, number>> = { s16: 2, s32: 10, f32: 14, s24: 32 };

export const EINTR = -4;
export const EAGAIN = -11;
export const EPIPE = -32;
export const ESTRPIPE = -86;

/** poll(2) */
export const POLLFD_BYTES = 8;
