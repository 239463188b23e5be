/* Samples in, samples out: the four wire formats and float. */
#include "kernels.h"

#include <math.h>
#include <string.h>

/* Strangers' memory has no alignment to rely on. */
typedef int16_t __attribute__((aligned(1), may_alias)) any_s16;
typedef int32_t __attribute__((aligned(1), may_alias)) any_s32;
typedef uint32_t __attribute__((aligned(1), may_alias)) any_u32;

#define S16_SCALE 32768.0f
#define S24_SCALE 8388608.0f
#define S32_SCALE 2147483648.0

/* ---- to float ---- */

WEIR_INLINE int32_t load_s24(const uint8_t *p) {
  return (int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24) >> 8;
}

/*
 * The client may write while we read. So its bytes are taken over first, and only the copy is judged:
 * a compiler may load a value twice, once to compare and once to use.
 */
WEIR_INLINE void bound(float *samples, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float x = samples[i];
    x = x == x ? x : 0.0f;
    x = x < WEIR_BOUND ? x : WEIR_BOUND;
    samples[i] = x > -WEIR_BOUND ? x : -WEIR_BOUND;
  }
}

WEIR_SIMD static void f32_to_float(float *restrict dst, const void *restrict src, size_t count) {
  memcpy(dst, src, count * sizeof(float));
  __asm__ volatile("" : : : "memory"); /* keeps the copy a copy */
  bound(dst, count);
}

WEIR_SIMD static void s16_to_float(float *restrict dst, const any_s16 *restrict src, size_t count) {
  for (size_t i = 0; i < count; i++) dst[i] = (float)src[i] * (1.0f / S16_SCALE);
}

/* One word a sample that ends with it: three byte loads cost twice as much. The first has no byte before it. */
WEIR_SIMD static void s24_to_float(float *restrict dst, const uint8_t *restrict src, size_t count) {
  dst[0] = (float)load_s24(src) * (1.0f / S24_SCALE);
  for (size_t i = 1; i < count; i++) {
    uint32_t word = *(const any_u32 *)(src + 3 * i - 1);
    dst[i] = (float)((int32_t)word >> 8) * (1.0f / S24_SCALE);
  }
}

WEIR_SIMD static void s32_to_float(float *restrict dst, const any_s32 *restrict src, size_t count) {
  for (size_t i = 0; i < count; i++) dst[i] = (float)src[i] * (float)(1.0 / S32_SCALE);
}

void weir_to_float(float *dst, int dst_offset, const void *src, int src_offset, int format, int channels, int frames) {
  if (frames <= 0) return;
  size_t count = (size_t)frames * (size_t)channels;
  float *out = dst + (ptrdiff_t)dst_offset * channels;
  const uint8_t *in = (const uint8_t *)src + (ptrdiff_t)src_offset * channels * (ptrdiff_t)weir_sample_bytes(format);
  switch (format) {
    case WEIR_S16: s16_to_float(out, (const any_s16 *)in, count); break;
    case WEIR_S24: s24_to_float(out, in, count); break;
    case WEIR_S32: s32_to_float(out, (const any_s32 *)in, count); break;
    default: f32_to_float(out, in, count);
  }
}

/* ---- from float ---- */

/* NaN becomes silence; what is out of range saturates. */
WEIR_INLINE int32_t quantise(float x, float low, float high) {
  x = x == x ? x : 0.0f;
  x = x > low ? x : low;
  x = x < high ? x : high;
  return (int32_t)rintf(x);
}

WEIR_INLINE int32_t quantise_wide(double x, double low, double high) {
  x = x == x ? x : 0.0;
  x = x > low ? x : low;
  x = x < high ? x : high;
  return (int32_t)rint(x);
}

WEIR_INLINE void store_s24(uint8_t *p, int32_t value) {
  p[0] = (uint8_t)value;
  p[1] = (uint8_t)(value >> 8);
  p[2] = (uint8_t)(value >> 16);
}

/* A counter through an integer hash has no order between samples to keep, so it runs in SIMD lanes. */
WEIR_INLINE uint32_t hash(uint32_t x) {
  x = (x ^ x >> 16) * 0x7feb352dU;
  x = (x ^ x >> 15) * 0x846ca68bU;
  return x ^ x >> 16;
}

/* Triangular in (-1, 1): the difference of two uniform 16-bit numbers. */
WEIR_INLINE float triangle(uint32_t seed) {
  uint32_t h = hash(seed);
  return (float)((int32_t)(h & 0xffff) - (int32_t)(h >> 16)) * (1.0f / 65536.0f);
}

WEIR_SIMD static void float_to_s16(any_s16 *restrict dst, const float *restrict src, size_t count) {
  for (size_t i = 0; i < count; i++) dst[i] = (int16_t)quantise(src[i] * S16_SCALE, -32768.0f, 32767.0f);
}

WEIR_SIMD static void float_to_s16_dithered(any_s16 *restrict dst, const float *restrict src, size_t count,
                                            uint32_t seed) {
  for (size_t i = 0; i < count; i++) {
    float noise = triangle(seed + (uint32_t)i);
    dst[i] = (int16_t)quantise(src[i] * S16_SCALE + noise, -32768.0f, 32767.0f);
  }
}

WEIR_SIMD static void float_to_s24(uint8_t *restrict dst, const float *restrict src, size_t count) {
  for (size_t i = 0; i < count; i++) store_s24(dst + 3 * i, quantise(src[i] * S24_SCALE, -8388608.0f, 8388607.0f));
}

/* In double: near full scale a float has no bits left for the noise. */
WEIR_SIMD static void float_to_s24_dithered(uint8_t *restrict dst, const float *restrict src, size_t count,
                                            uint32_t seed) {
  for (size_t i = 0; i < count; i++) {
    double noise = triangle(seed + (uint32_t)i);
    store_s24(dst + 3 * i, quantise_wide((double)src[i] * S24_SCALE + noise, -8388608.0, 8388607.0));
  }
}

/* In double: the highest s32 is no float. */
WEIR_SIMD static void float_to_s32(any_s32 *restrict dst, const float *restrict src, size_t count) {
  for (size_t i = 0; i < count; i++) dst[i] = quantise_wide((double)src[i] * S32_SCALE, -2147483648.0, 2147483647.0);
}

void weir_from_float(void *dst, int dst_offset, const float *src, int src_offset, int format, int channels, int frames,
                     uint32_t *dither) {
  if (frames <= 0) return;
  size_t count = (size_t)frames * (size_t)channels;
  const float *in = src + (ptrdiff_t)src_offset * channels;
  uint8_t *out = (uint8_t *)dst + (ptrdiff_t)dst_offset * channels * (ptrdiff_t)weir_sample_bytes(format);
  uint32_t seed = dither ? *dither : 0;
  switch (format) {
    case WEIR_S16:
      if (dither) float_to_s16_dithered((any_s16 *)out, in, count, seed);
      else float_to_s16((any_s16 *)out, in, count);
      break;
    case WEIR_S24:
      if (dither) float_to_s24_dithered(out, in, count, seed);
      else float_to_s24(out, in, count);
      break;
    case WEIR_S32: float_to_s32((any_s32 *)out, in, count); return;
    default: memcpy(out, in, count * sizeof(float)); return;
  }
  if (dither) *dither = seed + (uint32_t)count;
}

/* ---- bytes ---- */

void weir_copy(void *dst, int dst_offset, const void *src, int src_offset, int frame_bytes, int frames) {
  if (frames <= 0) return;
  memmove((uint8_t *)dst + (ptrdiff_t)dst_offset * frame_bytes,
          (const uint8_t *)src + (ptrdiff_t)src_offset * frame_bytes, (size_t)frames * (size_t)frame_bytes);
}

void weir_zero(void *dst, int dst_offset, int frame_bytes, int frames) {
  if (frames <= 0) return;
  memset((uint8_t *)dst + (ptrdiff_t)dst_offset * frame_bytes, 0, (size_t)frames * (size_t)frame_bytes);
}
