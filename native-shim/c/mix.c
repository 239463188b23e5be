/* One stream's span into the mix: convert, ramp, meter, map, add. In chunks that stay in the first-level cache. */
#include "kernels.h"

#include <math.h>
#include <string.h>

#define CHUNK_SAMPLES 1024
#define LANES 16 /* a multiple of 1, 2, 4 and 8 channels, and of every SIMD width */

/* ---- gain ---- */

/* `channels` is a constant wherever this is inlined, so that the division is a shift. */
WEIR_INLINE void ramp(float *buffer, unsigned channels, int first, int frames, float gain, float step) {
  unsigned count = (unsigned)frames * channels;
  for (unsigned i = 0; i < count; i++) buffer[i] *= gain + (float)(first + (int)(i / channels)) * step;
}

WEIR_SIMD static void apply_gain(float *buffer, int channels, int first, int frames, float gain, float step) {
  if (step == 0.0f) {
    int count = frames * channels;
    for (int i = 0; i < count; i++) buffer[i] *= gain;
    return;
  }
  switch (channels) {
    case 1: ramp(buffer, 1, first, frames, gain, step); break;
    case 2: ramp(buffer, 2, first, frames, gain, step); break;
    case 6: ramp(buffer, 6, first, frames, gain, step); break;
    case 8: ramp(buffer, 8, first, frames, gain, step); break;
    default: ramp(buffer, (unsigned)channels, first, frames, gain, step);
  }
}

void weir_gain(float *buffer, int offset, int channels, int frames, float gain, float gain_step) {
  if (frames <= 0 || (gain == 1.0f && gain_step == 0.0f)) return;
  apply_gain(buffer + (ptrdiff_t)offset * channels, channels, 0, frames, gain, gain_step);
}

/* As weir_gain, of one channel. */
void weir_channel_gain(float *buffer, int offset, int channels, int channel, int frames, float gain, float gain_step) {
  if (gain == 1.0f && gain_step == 0.0f) return;
  float *at = buffer + (ptrdiff_t)offset * channels + channel;
  for (int i = 0; i < frames; i++) at[(ptrdiff_t)i * channels] *= gain + (float)i * gain_step;
}

/* ---- meter ---- */

WEIR_INLINE void note(float *meter, float peak, float power) {
  meter[0] = meter[0] > peak ? meter[0] : peak;
  meter[1] += power;
}

/* Lane k only ever sees channel k modulo channels: no shuffles, and short sums round little. */
WEIR_INLINE int measure_lanes(float *meter, const float *src, int channels, int count) {
  float peak[LANES] = {0}, power[LANES] = {0};
  int whole = count - count % LANES;
  for (int i = 0; i < whole; i += LANES) {
#pragma omp simd
    for (int k = 0; k < LANES; k++) {
      float x = src[i + k], level = fabsf(x);
      peak[k] = peak[k] > level ? peak[k] : level;
      power[k] += x * x;
    }
  }
  for (int k = 0; k < LANES; k += channels) {
    for (int c = 0; c < channels; c++) note(meter + 2 * c, peak[k + c], power[k + c]);
  }
  return whole;
}

WEIR_SIMD static void measure(float *meter, const float *src, int channels, int frames) {
  int count = frames * channels;
  int i = LANES % channels == 0 ? measure_lanes(meter, src, channels, count) : 0;
  for (; i < count; i += channels) {
    for (int c = 0; c < channels; c++) note(meter + 2 * c, fabsf(src[i + c]), src[i + c] * src[i + c]);
  }
}

void weir_meter(float *meter, const float *src, int src_offset, int channels, int frames) {
  if (frames > 0) measure(meter, src + (ptrdiff_t)src_offset * channels, channels, frames);
}

/* ---- map and add ---- */

WEIR_INLINE void add_samples(float *restrict mix, const float *restrict src, int count) {
  for (int i = 0; i < count; i++) mix[i] += src[i];
}

WEIR_INLINE void add_mono_to_stereo(float *restrict mix, const float *restrict src, int frames, float left,
                                    float right) {
  for (int i = 0; i < frames; i++) {
    mix[2 * i] += src[i] * left;
    mix[2 * i + 1] += src[i] * right;
  }
}

/* Most of a matrix is zeros: only the paths that carry sound are walked. */
WEIR_INLINE void add_path(float *restrict mix, int mix_channels, const float *restrict src, int src_channels,
                          int frames, float level) {
  for (int i = 0; i < frames; i++) mix[i * mix_channels] += src[i * src_channels] * level;
}

WEIR_SIMD static void add(float *restrict mix, int mix_channels, const float *restrict src, int src_channels,
                          int frames, const float *matrix) {
  if (!matrix) {
    add_samples(mix, src, frames * src_channels);
  } else if (src_channels == 1 && mix_channels == 2) {
    add_mono_to_stereo(mix, src, frames, matrix[0], matrix[1]);
  } else {
    for (int m = 0; m < mix_channels; m++) {
      for (int s = 0; s < src_channels; s++) {
        float level = matrix[m * src_channels + s];
        if (level != 0.0f) add_path(mix + m, mix_channels, src + s, src_channels, frames, level);
      }
    }
  }
}

void weir_mix(float *mix, int mix_offset, int mix_channels, const void *src, int src_offset, int format,
              int src_channels, int frames, const float *matrix, float gain, float gain_step, float *meter) {
  float chunk[CHUNK_SAMPLES];
  int chunk_frames = CHUNK_SAMPLES / src_channels;
  float *out = mix + (ptrdiff_t)mix_offset * mix_channels;
  for (int done = 0; done < frames; done += chunk_frames) {
    int now = frames - done < chunk_frames ? frames - done : chunk_frames;
    weir_to_float(chunk, 0, src, src_offset + done, format, src_channels, now);
    if (gain != 1.0f || gain_step != 0.0f) apply_gain(chunk, src_channels, done, now, gain, gain_step);
    if (meter) measure(meter, chunk, src_channels, now);
    add(out + (ptrdiff_t)done * mix_channels, mix_channels, chunk, src_channels, now, matrix);
  }
}

void weir_remap(float *dst, int dst_offset, int dst_channels, const float *src, int src_offset, int src_channels,
                int frames, const float *matrix) {
  if (frames <= 0) return;
  float *out = dst + (ptrdiff_t)dst_offset * dst_channels;
  const float *in = src + (ptrdiff_t)src_offset * src_channels;
  size_t bytes = (size_t)frames * (size_t)dst_channels * sizeof(float);
  if (!matrix) {
    memcpy(out, in, bytes);
    return;
  }
  memset(out, 0, bytes);
  add(out, dst_channels, in, src_channels, frames, matrix);
}
