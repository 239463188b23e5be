/*
 * Variable-ratio polyphase resampler: one Kaiser-windowed sinc, cut into phases; coefficients between two phases are
 * interpolated linearly, so any ratio can be had at any frame.
 * (J. O. Smith, "Digital Audio Resampling", is the textbook of the method.)
 */
#include "kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAPS 64
#define PHASE_BITS 9 /* 512 phases */
#define KAISER_BETA 11.0
#define CUTOFF 0.94 /* of the lower Nyquist frequency: flat to 19 kHz at 44.1 kHz */
#define RATIO_RANGE 0.02
#define RATE_MIN 8000
#define RATE_MAX 192000
#define CACHE_LINE 64
#define TAPS_48_TO_44 80 /* 48 to 44.1 kHz, rounded up */
#define TAPS_MAX (TAPS * (RATE_MAX / RATE_MIN))
#define TAP_MULTIPLE 16 /* rows of whole cache lines */
#define CHUNK_SAMPLES 1024

/* Positions and steps in input frames, 24.40 fixed point: no rounding grows, however pulls are split. */
#define FRACTION_BITS 40
#define ONE (INT64_C(1) << FRACTION_BITS)

/* ---- filters, shared by all resamplers of the same stretch; main thread only ---- */

typedef struct filter {
  struct filter *next;
  int users;
  double stretch; /* source rate / destination rate where that is above 1 */
  int taps, phases, phase_bits;
  float *rows; /* (phases + 1) × taps; the last row is the first, one frame on */
} filter;

static filter *filters;

static double bessel_i0(double x) {
  double sum = 1.0, term = 1.0;
  for (int k = 1; term > sum * 1e-17; k++) {
    term *= x * x / (4.0 * k * k);
    sum += term;
  }
  return sum;
}

static double windowed_sinc(double x, double half_width, double cutoff) {
  double place = x / half_width;
  if (fabs(place) >= 1.0) return 0.0;
  double angle = M_PI * cutoff * x;
  double sinc = angle == 0.0 ? 1.0 : sin(angle) / angle;
  return sinc * bessel_i0(KAISER_BETA * sqrt(1.0 - place * place));
}

/* Each row sums to 1, else the phases would differ in level and sing. */
static void fill_row(filter *f, int phase) {
  float *row = f->rows + (size_t)phase * (size_t)f->taps;
  float *mirror = f->rows + (size_t)(f->phases - phase) * (size_t)f->taps;
  double half_width = TAPS / 2 * f->stretch, cutoff = CUTOFF / f->stretch, sum = 0.0;
  double values[TAPS_MAX];
  for (int t = 0; t < f->taps; t++) {
    values[t] = windowed_sinc(t - (f->taps / 2 - 1) - (double)phase / f->phases, half_width, cutoff);
    sum += values[t];
  }
  for (int t = 0; t < f->taps; t++) mirror[f->taps - 1 - t] = row[t] = (float)(values[t] / sum);
}

/* A stretched filter is the same curve with more taps and fewer phases: its table stays about as large. */
static filter *filter_make(double stretch) {
  filter *f = calloc(1, sizeof *f);
  if (!f) return NULL;
  f->stretch = stretch;
  f->taps = ((int)ceil(TAPS * stretch) + TAP_MULTIPLE - 1) / TAP_MULTIPLE * TAP_MULTIPLE;
  f->phase_bits = PHASE_BITS;
  for (double rest = stretch; rest >= 2.0; rest /= 2.0) f->phase_bits--;
  f->phases = 1 << f->phase_bits;
  f->rows = aligned_alloc(CACHE_LINE, (size_t)(f->phases + 1) * (size_t)f->taps * sizeof(float));
  if (!f->rows) {
    free(f);
    return NULL;
  }
  for (int phase = 0; phase <= f->phases / 2; phase++) fill_row(f, phase);
  return f;
}

static filter *filter_take(double stretch) {
  filter *f = filters;
  while (f && f->stretch != stretch) f = f->next;
  if (!f) {
    f = filter_make(stretch);
    if (!f) return NULL;
    f->next = filters;
    filters = f;
  }
  f->users++;
  return f;
}

static void filter_drop(filter *f) {
  if (--f->users > 0) return;
  filter **link = &filters;
  while (*link != f) link = &(*link)->next;
  *link = f->next;
  free(f->rows);
  free(f);
}

/* ---- one stream's resampler ---- */

struct weir_resampler {
  filter *filter;
  int channels;
  int capacity; /* frames a channel of history can hold */
  int held;     /* frames it holds */
  int64_t nominal, step, target;
  int64_t position; /* of the next output frame's first tap in the history */
  float *history;   /* planar: channels × capacity */
};

static inline float *channel_of(weir_resampler *r, int channel) {
  return r->history + (size_t)channel * (size_t)r->capacity;
}

void weir_resampler_reset(weir_resampler *r) {
  /* Silence before the first frame, so that output frame 0 is input frame 0. */
  r->held = r->filter->taps / 2 - 1;
  for (int c = 0; c < r->channels; c++) memset(channel_of(r, c), 0, (size_t)r->held * sizeof(float));
  r->position = 0;
  r->step = r->target;
}

weir_resampler *weir_resampler_new(int channels, int src_rate, int dst_rate) {
  if (channels < 1 || channels > WEIR_CHANNELS) return NULL;
  if (src_rate < RATE_MIN || src_rate > RATE_MAX || dst_rate < RATE_MIN || dst_rate > RATE_MAX) return NULL;
  double ratio = (double)src_rate / dst_rate;
  weir_resampler *r = calloc(1, sizeof *r);
  if (!r) return NULL;
  r->filter = filter_take(ratio > 1.0 ? ratio : 1.0);
  if (r->filter) {
    r->channels = channels;
    r->capacity = r->filter->taps + (int)ceil(WEIR_PULL_FRAMES * ratio * (1.0 + RATIO_RANGE)) + 1;
    r->history = malloc((size_t)channels * (size_t)r->capacity * sizeof(float));
  }
  if (!r->history) {
    weir_resampler_free(r);
    return NULL;
  }
  r->nominal = r->target = (int64_t)llrint(ratio * ONE);
  weir_resampler_reset(r);
  return r;
}

void weir_resampler_free(weir_resampler *r) {
  if (!r) return;
  if (r->filter) filter_drop(r->filter);
  free(r->history);
  free(r);
}

void weir_resampler_ratio(weir_resampler *r, double ratio) {
  if (!(ratio > 0.0)) return;
  double nominal = (double)r->nominal / ONE;
  ratio = fmax(nominal * (1.0 - RATIO_RANGE), fmin(nominal * (1.0 + RATIO_RANGE), ratio));
  r->target = (int64_t)llrint(ratio * ONE);
}

double weir_resampler_delay(const weir_resampler *r) {
  return r->held - (r->filter->taps / 2 - 1) - (double)r->position / ONE;
}

static int bounded(int frames) { return frames < WEIR_PULL_FRAMES ? frames : WEIR_PULL_FRAMES; }

int weir_resampler_need(const weir_resampler *r, int frames) {
  if (frames <= 0) return 0;
  int64_t n = bounded(frames), slope = (r->target - r->step) / n;
  int64_t last = r->position + (n - 1) * r->step + slope * (n * (n - 1) / 2);
  int64_t missing = (last >> FRACTION_BITS) + r->filter->taps - r->held;
  return missing > 0 ? (int)missing : 0;
}

/* Forgets what lies before the next output frame's first tap. */
static void compact(weir_resampler *r) {
  int passed = (int)(r->position >> FRACTION_BITS);
  if (passed == 0) return;
  r->held -= passed;
  r->position -= (int64_t)passed << FRACTION_BITS;
  for (int c = 0; c < r->channels; c++) {
    float *channel = channel_of(r, c);
    memmove(channel, channel + passed, (size_t)r->held * sizeof(float));
  }
}

WEIR_SIMD static void deinterleave(weir_resampler *r, const float *src, int frames) {
  for (int c = 0; c < r->channels; c++) {
    float *channel = channel_of(r, c) + r->held;
    if (r->channels == 2) {
      for (int i = 0; i < frames; i++) channel[i] = src[2 * i + c];
    } else {
      for (int i = 0; i < frames; i++) channel[i] = src[i * r->channels + c];
    }
  }
}

int weir_resampler_push(weir_resampler *r, const void *src, int src_offset, int format, int frames) {
  float chunk[CHUNK_SAMPLES];
  int chunk_frames = CHUNK_SAMPLES / r->channels;
  if (frames > r->capacity - r->held) compact(r);
  int taken = frames < r->capacity - r->held ? frames : r->capacity - r->held;
  for (int done = 0; done < taken; done += chunk_frames) {
    int now = taken - done < chunk_frames ? taken - done : chunk_frames;
    weir_to_float(chunk, 0, src, src_offset + done, format, r->channels, now);
    deinterleave(r, chunk, now);
    r->held += now;
  }
  return taken > 0 ? taken : 0;
}

/* ---- the inner loops ---- */

WEIR_INLINE float dot(const float *restrict row, const float *restrict next, float between, const float *restrict x,
                      int taps) {
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int t = 0; t < taps; t++) sum += (row[t] + between * (next[t] - row[t])) * x[t];
  return sum;
}

WEIR_INLINE void dot_pair(float *out, const float *restrict row, const float *restrict next, float between,
                          const float *restrict x, const float *restrict y, int taps) {
  float left = 0.0f, right = 0.0f;
#pragma omp simd reduction(+ : left, right)
  for (int t = 0; t < taps; t++) {
    float tap = row[t] + between * (next[t] - row[t]);
    left += tap * x[t];
    right += tap * y[t];
  }
  out[0] = left;
  out[1] = right;
}

/* All channels of one output frame. `taps` and `channels` are constants in the common cases. */
WEIR_INLINE void frame(float *out, const weir_resampler *r, int64_t position, int taps, int channels) {
  const filter *f = r->filter;
  int shift = FRACTION_BITS - f->phase_bits;
  int64_t fraction = position & (ONE - 1);
  const float *row = f->rows + (size_t)(fraction >> shift) * (size_t)taps;
  float between = (float)(fraction & ((INT64_C(1) << shift) - 1)) / (float)(INT64_C(1) << shift);
  const float *x = r->history + (position >> FRACTION_BITS);
  int c = 0;
  for (; c + 2 <= channels; c += 2, x += 2 * (size_t)r->capacity) {
    dot_pair(out + c, row, row + taps, between, x, x + r->capacity, taps);
  }
  if (c < channels) out[c] = dot(row, row + taps, between, x, taps);
}

WEIR_INLINE int pull(weir_resampler *r, float *out, int frames, int taps, int channels) {
  int64_t slope = (r->target - r->step) / frames;
  int made = 0;
  while (made < frames && (r->position >> FRACTION_BITS) + taps <= r->held) {
    frame(out + (size_t)made * (size_t)channels, r, r->position, taps, channels);
    r->step = ++made == frames ? r->target : r->step + slope;
    r->position += r->step;
  }
  return made;
}

/* Loops of constant length run half as long again as fast: the cases that most people play get one. */
WEIR_SIMD static int pull_any(weir_resampler *r, float *out, int frames) {
  int taps = r->filter->taps / TAP_MULTIPLE * TAP_MULTIPLE; /* tells the compiler that no tap is left over */
  int channels = r->channels;
  if (taps == TAPS && channels == 2) return pull(r, out, frames, TAPS, 2);
  if (taps == TAPS_48_TO_44 && channels == 2) return pull(r, out, frames, TAPS_48_TO_44, 2);
  if (taps == TAPS) return pull(r, out, frames, TAPS, channels);
  return pull(r, out, frames, taps, channels);
}

int weir_resampler_pull(weir_resampler *r, float *dst, int dst_offset, int frames) {
  if (frames <= 0) return 0;
  return pull_any(r, dst + (ptrdiff_t)dst_offset * r->channels, bounded(frames));
}
