/*
 * Look-ahead peak limiter, linked over its channels. Each frame's wanted gain is held over the look-ahead (a sliding
 * minimum), let go exponentially, then averaged over the look-ahead: a weighted mean of values that are each no larger
 * than the peak's own gain when it leaves, so nothing gets past and nothing jumps.
 */
#include "kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_FRAMES 256
#define WINDOW (WEIR_LOOKAHEAD + 1)
#define RELEASE_S 0.1
#define RELEASED 1e-6f /* a loss this small is none */

_Static_assert(WEIR_LOOKAHEAD == 32, "hold_minimum doubles its way to 32");

struct weir_limiter {
  int channels;
  int idle;
  float keep; /* share of the loss that a frame leaves */
  float loss; /* 1 - gain after hold and release; as a gain, a float would never quite come back to 1 */
  float wanted[WEIR_LOOKAHEAD + CHUNK_FRAMES];
  float held[WEIR_LOOKAHEAD + CHUNK_FRAMES];
  float frames[]; /* the delay line, then the chunk at work: (look-ahead + chunk) × channels */
};

void weir_limiter_reset(weir_limiter *l) {
  l->idle = 1;
  l->loss = 0.0f;
  for (int i = 0; i < WEIR_LOOKAHEAD; i++) l->wanted[i] = l->held[i] = 1.0f;
  memset(l->frames, 0, (size_t)WEIR_LOOKAHEAD * (size_t)l->channels * sizeof(float));
}

weir_limiter *weir_limiter_new(int channels, int rate) {
  if (channels < 1 || channels > WEIR_CHANNELS || rate <= 0) return NULL;
  size_t samples = (size_t)(WEIR_LOOKAHEAD + CHUNK_FRAMES) * (size_t)channels;
  weir_limiter *l = calloc(1, sizeof *l + samples * sizeof(float));
  if (!l) return NULL;
  l->channels = channels;
  l->keep = (float)exp(-1.0 / (RELEASE_S * rate));
  weir_limiter_reset(l);
  return l;
}

void weir_limiter_free(weir_limiter *l) { free(l); }

int weir_limiter_idle(const weir_limiter *l) { return l->idle; }

/* 1 if no sample is above the ceiling; NaN counts as above. */
WEIR_SIMD static int quiet(const float *samples, int count) {
  int loud = 0;
#pragma omp simd reduction(| : loud)
  for (int i = 0; i < count; i++) loud |= !(fabsf(samples[i]) <= 1.0f);
  return !loud;
}

WEIR_SIMD static void want(float *restrict wanted, const float *restrict src, int channels, int frames) {
  for (int i = 0; i < frames; i++) {
    float peak = 1.0f;
    for (int c = 0; c < channels; c++) {
      float level = fabsf(src[i * channels + c]);
      peak = peak > level ? peak : level;
    }
    wanted[i] = 1.0f / peak;
  }
}

/* out[i] = min(wanted[i .. i + 32]): windows of 2, 4 … 32 frames, each from the one before. */
WEIR_SIMD static void hold_minimum(float *restrict out, const float *restrict wanted, int frames) {
  float low[WEIR_LOOKAHEAD + CHUNK_FRAMES];
  int count = WEIR_LOOKAHEAD + frames;
  memcpy(low, wanted, (size_t)count * sizeof(float));
  for (int width = 1; width < WEIR_LOOKAHEAD; width *= 2) {
    count -= width;
#pragma omp simd
    for (int i = 0; i < count; i++) low[i] = low[i] < low[i + width] ? low[i] : low[i + width];
  }
  for (int i = 0; i < frames; i++) out[i] = low[i] < low[i + 1] ? low[i] : low[i + 1];
}

static void release(weir_limiter *l, float *held, int frames) {
  for (int i = 0; i < frames; i++) {
    float needed = 1.0f - held[i], left = l->loss * l->keep;
    if (left < RELEASED) left = 0.0f;
    l->loss = needed > left ? needed : left;
    held[i] = 1.0f - l->loss;
  }
}

/* What only rounding, infinity or NaN could let through. */
WEIR_INLINE float ceiled(float x) {
  x = x == x ? x : 0.0f;
  x = x < 1.0f ? x : 1.0f;
  return x > -1.0f ? x : -1.0f;
}

static float reduce(weir_limiter *l, float *out, int frames) {
  double sum = 0.0;
  float lowest = 1.0f;
  for (int i = 0; i < WEIR_LOOKAHEAD; i++) sum += l->held[i];
  for (int i = 0; i < frames; i++) {
    sum += l->held[i + WEIR_LOOKAHEAD];
    float gain = (float)(sum * (1.0 / WINDOW));
    sum -= l->held[i];
    lowest = lowest < gain ? lowest : gain;
    for (int c = 0; c < l->channels; c++) out[i * l->channels + c] = ceiled(l->frames[i * l->channels + c] * gain);
  }
  return lowest;
}

static int all_ones(const float *values) {
  int lower = 0;
  for (int i = 0; i < WEIR_LOOKAHEAD; i++) lower |= values[i] != 1.0f;
  return !lower;
}

static float reduce_chunk(weir_limiter *l, float *out, int frames) {
  want(l->wanted + WEIR_LOOKAHEAD, l->frames + WEIR_LOOKAHEAD * l->channels, l->channels, frames);
  hold_minimum(l->held + WEIR_LOOKAHEAD, l->wanted, frames);
  release(l, l->held + WEIR_LOOKAHEAD, frames);
  float lowest = reduce(l, out, frames);
  memmove(l->wanted, l->wanted + frames, WEIR_LOOKAHEAD * sizeof(float));
  memmove(l->held, l->held + frames, WEIR_LOOKAHEAD * sizeof(float));
  l->idle = all_ones(l->wanted) && all_ones(l->held);
  return lowest;
}

float weir_limit(weir_limiter *l, float *buffer, int offset, int frames) {
  float lowest = 1.0f;
  size_t frame_bytes = (size_t)l->channels * sizeof(float);
  for (int done = 0; done < frames; done += CHUNK_FRAMES) {
    int now = frames - done < CHUNK_FRAMES ? frames - done : CHUNK_FRAMES;
    float *out = buffer + ((ptrdiff_t)offset + done) * l->channels;
    memcpy(l->frames + WEIR_LOOKAHEAD * l->channels, out, (size_t)now * frame_bytes);
    if (l->idle && quiet(out, now * l->channels)) {
      memcpy(out, l->frames, (size_t)now * frame_bytes);
    } else {
      float least = reduce_chunk(l, out, now);
      lowest = lowest < least ? lowest : least;
    }
    memmove(l->frames, l->frames + now * l->channels, WEIR_LOOKAHEAD * frame_bytes);
  }
  return lowest;
}
