/*
 * The inner loops of the sound path. Interleaved frames, little endian, float full scale is ±1.
 * Every pointer that moves is followed by its offset in frames, so that callers keep one address for life.
 * A negative or zero count of frames does nothing. Channels are 1 to WEIR_CHANNELS; callers have checked them.
 */
#ifndef WEIR_KERNELS_H
#define WEIR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "sys.h"

#define WEIR_CHANNELS 8
#define WEIR_BOUND 16.0f       /* what a float of a stranger may be at most, +24 dBFS */
#define WEIR_LOOKAHEAD 32      /* frames by which the limiter delays, always */
#define WEIR_PULL_FRAMES 4096  /* the longest quantum */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "samples are little endian");

enum { WEIR_S16, WEIR_S24, WEIR_S32, WEIR_F32 };

/* Compiled twice, for AVX2 with FMA and for any x86-64; the loader picks. Elsewhere the baseline is good enough. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WEIR_SIMD __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define WEIR_SIMD
#endif
#define WEIR_INLINE static inline __attribute__((always_inline))

static inline size_t weir_sample_bytes(int format) { return format == WEIR_S16 ? 2 : format == WEIR_S24 ? 3 : 4; }

/* convert.c */
WEIR_API void weir_to_float(float *dst, int dst_offset, const void *src, int src_offset, int format, int channels,
                            int frames);
WEIR_API void weir_from_float(void *dst, int dst_offset, const float *src, int src_offset, int format, int channels,
                              int frames, uint32_t *dither);
WEIR_API void weir_copy(void *dst, int dst_offset, const void *src, int src_offset, int frame_bytes, int frames);
WEIR_API void weir_zero(void *dst, int dst_offset, int frame_bytes, int frames);

/* foreign.c */
WEIR_API void weir_from_foreign(void *dst, const void *src, int format, int to_channels, int from_channels, int frames,
                                const uint8_t *order);
WEIR_API void weir_to_foreign(void *dst, const void *src, int format, int to_channels, int from_channels, int frames,
                              const uint8_t *order);

/* mix.c */
WEIR_API void weir_mix(float *mix, int mix_offset, int mix_channels, const void *src, int src_offset, int format,
                       int src_channels, int frames, const float *matrix, float gain, float gain_step, float *meter);
WEIR_API void weir_gain(float *buffer, int offset, int channels, int frames, float gain, float gain_step);
WEIR_API void weir_channel_gain(float *buffer, int offset, int channels, int channel, int frames, float gain,
                                float gain_step);
WEIR_API void weir_meter(float *meter, const float *src, int src_offset, int channels, int frames);
WEIR_API void weir_remap(float *dst, int dst_offset, int dst_channels, const float *src, int src_offset,
                         int src_channels, int frames, const float *matrix);

/* resample.c */
typedef struct weir_resampler weir_resampler;
WEIR_API weir_resampler *weir_resampler_new(int channels, int src_rate, int dst_rate);
WEIR_API void weir_resampler_free(weir_resampler *r);
WEIR_API void weir_resampler_reset(weir_resampler *r);
WEIR_API void weir_resampler_ratio(weir_resampler *r, double ratio);
WEIR_API int weir_resampler_need(const weir_resampler *r, int frames);
WEIR_API int weir_resampler_push(weir_resampler *r, const void *src, int src_offset, int format, int frames);
WEIR_API int weir_resampler_pull(weir_resampler *r, float *dst, int dst_offset, int frames);
WEIR_API double weir_resampler_delay(const weir_resampler *r);

/* limit.c */
typedef struct weir_limiter weir_limiter;
WEIR_API weir_limiter *weir_limiter_new(int channels, int rate);
WEIR_API void weir_limiter_free(weir_limiter *l);
WEIR_API void weir_limiter_reset(weir_limiter *l);
WEIR_API int weir_limiter_idle(const weir_limiter *l);
WEIR_API float weir_limit(weir_limiter *l, float *buffer, int offset, int frames);

#endif
