/* One native client that plays noise for ever, made in place in the ring: what pacat is to PulseAudio.
 * weir-load SOCKET LATENCY_US RATE */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "weir.h"

static void fill(int16_t *samples, size_t count) {
  static uint32_t state = 1;
  for (size_t i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    samples[i] = (int16_t)(state >> 16) / 64;
  }
}

static int fail(const struct weir_error *why) {
  fprintf(stderr, "%s: %s\n", why->code, why->what);
  return 1;
}

int main(int argc, char **argv) {
  struct weir_error why = {0};
  if (argc != 4) return 2;
  weir_client *client = weir_connect(argv[1], "bench", &why);
  if (client == NULL) return fail(&why);
  struct weir_options options = {.direction = WEIR_PLAYBACK,
                                 .format = WEIR_S16,
                                 .rate = (uint32_t)atoi(argv[3]),
                                 .channels = 2,
                                 .latency_us = (uint32_t)atoi(argv[2]),
                                 .name = "noise"};
  weir_stream *stream = weir_open(client, &options, &why);
  if (stream == NULL) return fail(&why);
  for (;;) {
    uint32_t frames = UINT32_MAX;
    int16_t *samples = weir_begin(stream, &frames);
    if (frames == 0) {
      if (weir_wait(stream, -1, &why) < 0) return fail(&why);
      continue;
    }
    fill(samples, (size_t)frames * 2);
    weir_commit(stream, frames);
  }
}
