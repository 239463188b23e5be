/* Loop latency: writes clicks over a low steady tone, hears them on the monitor, looks for gaps in the tone.
 * weir-latency SOCKET LATENCY_US SECONDS → one JSON line. The ear is a thread of its own; the player another. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#include "click.h"
#include "realtime.h"
#include "weir.h"

static struct click_loop loop;

static void die(const struct weir_error *why) {
  fprintf(stderr, "%s: %s\n", why->code, why->what);
  exit(1);
}

static void *play(void *of) {
  struct weir_error why = {0};
  weir_stream *stream = of;
  go_realtime();
  while (weir_wait(stream, -1, &why) == 1) {
    /* Room in one piece or two: the click goes at the start of what is written at one time. */
    for (int first = 1;; first = 0) {
      uint32_t frames = UINT32_MAX;
      int16_t *samples = weir_begin(stream, &frames);
      if (frames == 0) break;
      click_write(&loop, samples, frames, first);
      weir_commit(stream, frames);
    }
  }
  die(&why);
  return NULL;
}

static void listen_for(weir_stream *stream) {
  static int16_t samples[2 * 8192];
  struct weir_error why = {0};
  while (!click_done(&loop)) {
    if (weir_wait(stream, 1000, &why) < 0) die(&why);
    for (size_t frames; (frames = weir_read(stream, samples, 8192)) > 0;) click_hear(&loop, samples, frames);
  }
}

int main(int argc, char **argv) {
  struct weir_error why = {0};
  if (argc != 4) return 2;
  weir_client *client = weir_connect(argv[1], "bench", &why);
  if (client == NULL) die(&why);
  struct weir_options options = {
      .format = WEIR_S16, .rate = CLICK_RATE, .channels = 2, .latency_us = (uint32_t)atoi(argv[2])};
  options.direction = WEIR_PLAYBACK;
  weir_stream *player = weir_open(client, &options, &why);
  if (player == NULL) die(&why);
  options.direction = WEIR_RECORD;
  weir_stream *ear = weir_open(client, &options, &why);
  if (ear == NULL) die(&why);

  pthread_t thread;
  int realtime = go_realtime();
  click_start(&loop, atof(argv[3]));
  pthread_create(&thread, NULL, play, player);
  listen_for(ear);
  struct weir_stream_status status = {0};
  weir_get_status(player, &status);
  click_report(&loop, status.underruns, weir_lost(ear), realtime);
  return 0;
}
