/* Formats that only other protocols know, to the ring's formats and back, channels put in another order on the way. */
#include "kernels.h"

/* In the order of PulseAudio's pa_sample_format_t. */
enum { U8, ALAW, ULAW, S16LE, S16BE, F32LE, F32BE, S32LE, S32BE, S24LE, S24BE, S24_32LE, S24_32BE };

typedef struct { uint8_t b[3]; } three;
typedef uint16_t __attribute__((aligned(1), may_alias)) two;
typedef uint32_t __attribute__((aligned(1), may_alias)) four;

/* ---- G.711 ---- */

WEIR_INLINE uint16_t from_ulaw(uint8_t code) {
  uint8_t u = (uint8_t)~code;
  int32_t magnitude = ((((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4)) - 0x84;
  return (uint16_t)(u & 0x80 ? -magnitude : magnitude);
}

WEIR_INLINE uint8_t to_ulaw(uint16_t bits) {
  int32_t x = (int16_t)bits;
  int32_t magnitude = x < 0 ? -x : x;
  magnitude = (magnitude > 32635 ? 32635 : magnitude) + 0x84;
  int segment = 24 - __builtin_clz((unsigned)magnitude); /* 0 for 2^7, 7 for 2^14 */
  return (uint8_t)~((x < 0 ? 0x80 : 0) | segment << 4 | ((magnitude >> (segment + 3)) & 0x0f));
}

WEIR_INLINE uint16_t from_alaw(uint8_t code) {
  uint8_t a = code ^ 0x55;
  int segment = (a & 0x70) >> 4;
  int32_t magnitude = ((a & 0x0f) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return (uint16_t)(a & 0x80 ? magnitude : -magnitude);
}

WEIR_INLINE uint8_t to_alaw(uint16_t bits) {
  int32_t x = (int16_t)bits;
  int32_t magnitude = (x < 0 ? -x - 1 : x) >> 4; /* 0 to 2047 */
  int segment = magnitude < 16 ? 0 : 28 - __builtin_clz((unsigned)magnitude);
  int code = segment << 4 | ((segment > 1 ? magnitude >> (segment - 1) : magnitude) & 0x0f);
  return (uint8_t)((code | (x < 0 ? 0 : 0x80)) ^ 0x55);
}

/* ---- one sample ---- */

WEIR_INLINE two u8_in(uint8_t x) { return (two)((x ^ 0x80) << 8); }
WEIR_INLINE uint8_t u8_out(two bits) {
  int32_t x = ((int16_t)bits + 128) >> 8;
  return (uint8_t)((x > 127 ? 127 : x) ^ 0x80);
}
WEIR_INLINE two same2(two x) { return x; }
WEIR_INLINE three same3(three x) { return x; }
WEIR_INLINE four same4(four x) { return x; }
WEIR_INLINE two swap2(two x) { return __builtin_bswap16(x); }
WEIR_INLINE three swap3(three x) { return (three){{x.b[2], x.b[1], x.b[0]}}; }
WEIR_INLINE four swap4(four x) { return __builtin_bswap32(x); }
/* 24 bits in the low bytes of 32; the byte above repeats the sign, so that the word is the sample. */
WEIR_INLINE three low3(four x) { return (three){{(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16)}}; }
WEIR_INLINE four word3(three x) {
  uint32_t bits = (uint32_t)x.b[0] | (uint32_t)x.b[1] << 8 | (uint32_t)x.b[2] << 16;
  return (bits ^ 0x800000u) - 0x800000u;
}
WEIR_INLINE three low3_swapped(four x) { return low3(__builtin_bswap32(x)); }
WEIR_INLINE four word3_swapped(three x) { return __builtin_bswap32(word3(x)); }

/* ---- many ---- */

/* `silence`: what a channel of the destination is that is none of the source's. */
#define LOOPS(name, to, from, convert, silence)                                                                     \
  WEIR_SIMD static void name(to *restrict dst, const from *restrict src, size_t to_channels, size_t from_channels,  \
                             size_t frames, const uint8_t *order) {                                                 \
    if (!order) {                                                                                                   \
      for (size_t i = 0; i < frames * to_channels; i++) dst[i] = convert(src[i]);                                   \
    } else {                                                                                                        \
      for (size_t i = 0; i < frames; i++)                                                                           \
        for (size_t c = 0; c < to_channels; c++)                                                                    \
          dst[i * to_channels + c] =                                                                                \
              order[c] < from_channels ? convert(src[i * from_channels + order[c]]) : silence;                      \
    }                                                                                                               \
  }

LOOPS(from_u8, two, uint8_t, u8_in, 0)
LOOPS(from_a, two, uint8_t, from_alaw, 0)
LOOPS(from_u, two, uint8_t, from_ulaw, 0)
LOOPS(to_u8, uint8_t, two, u8_out, u8_out(0))
LOOPS(to_a, uint8_t, two, to_alaw, to_alaw(0))
LOOPS(to_u, uint8_t, two, to_ulaw, to_ulaw(0))
LOOPS(copy2, two, two, same2, 0)
LOOPS(copy3, three, three, same3, (three){{0}})
LOOPS(copy4, four, four, same4, 0)
LOOPS(swapped2, two, two, swap2, 0)
LOOPS(swapped3, three, three, swap3, (three){{0}})
LOOPS(swapped4, four, four, swap4, 0)
LOOPS(packed, three, four, low3, (three){{0}})
LOOPS(packed_swapped, three, four, low3_swapped, (three){{0}})
LOOPS(spread, four, three, word3, 0)
LOOPS(spread_swapped, four, three, word3_swapped, 0)

void weir_from_foreign(void *dst, const void *src, int format, int to_channels, int from_channels, int frames,
                        const uint8_t *order) {
  if (frames <= 0) return;
  size_t to = (size_t)to_channels, from = (size_t)from_channels, n = (size_t)frames;
  switch (format) {
    case U8: from_u8(dst, src, to, from, n, order); break;
    case ALAW: from_a(dst, src, to, from, n, order); break;
    case ULAW: from_u(dst, src, to, from, n, order); break;
    case S16LE: copy2(dst, src, to, from, n, order); break;
    case S16BE: swapped2(dst, src, to, from, n, order); break;
    case F32BE:
    case S32BE: swapped4(dst, src, to, from, n, order); break;
    case S24LE: copy3(dst, src, to, from, n, order); break;
    case S24BE: swapped3(dst, src, to, from, n, order); break;
    case S24_32LE: packed(dst, src, to, from, n, order); break;
    case S24_32BE: packed_swapped(dst, src, to, from, n, order); break;
    default: copy4(dst, src, to, from, n, order);
  }
}

void weir_to_foreign(void *dst, const void *src, int format, int to_channels, int from_channels, int frames,
                      const uint8_t *order) {
  if (frames <= 0) return;
  size_t to = (size_t)to_channels, from = (size_t)from_channels, n = (size_t)frames;
  switch (format) {
    case U8: to_u8(dst, src, to, from, n, order); break;
    case ALAW: to_a(dst, src, to, from, n, order); break;
    case ULAW: to_u(dst, src, to, from, n, order); break;
    case S24_32LE: spread(dst, src, to, from, n, order); break;
    case S24_32BE: spread_swapped(dst, src, to, from, n, order); break;
    default: weir_from_foreign(dst, src, format, to_channels, from_channels, frames, order); /* swapping is its own inverse */
  }
}
