/* A native program as others would write it, over the C library.
 * native-program SOCKET play DEVICE FILE        plays raw s16 stereo at 48 kHz and drains
 * native-program SOCKET record DEVICE FRAMES    writes what it hears to stdout
 * Exit: 0 done, 1 a coded failure on stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

#define CHUNK_FRAMES 1000

static struct weir_error why;

static int fail(void) {
  fprintf(stderr, "%s: %s\n", why.code, why.what);
  return 1;
}

static int play(weir_stream *stream, const char *path) {
  static char samples[CHUNK_FRAMES * 4];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 2;
  for (size_t frames; (frames = fread(samples, 4, CHUNK_FRAMES, file)) > 0;) {
    if (weir_write(stream, samples, frames, &why) < 0) return fail();
  }
  fclose(file);
  if (weir_drain(stream, 20000, &why) < 0) return fail();
  struct weir_stream_status status;
  if (!weir_get_status(stream, &status)) return 2;
  fprintf(stderr, "underruns %u\n", status.underruns);
  return 0;
}

static int record(weir_stream *stream, size_t wanted) {
  static char samples[CHUNK_FRAMES * 4];
  while (wanted > 0) {
    size_t frames = weir_read(stream, samples, wanted < CHUNK_FRAMES ? wanted : CHUNK_FRAMES);
    fwrite(samples, 4, frames, stdout);
    wanted -= frames;
    if (frames == 0 && weir_wait(stream, 5000, &why) != 1) return fail();
  }
  fprintf(stderr, "lost %llu\n", (unsigned long long)weir_lost(stream));
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int playing = strcmp(argv[2], "play") == 0;
  weir_client *client = weir_connect(argv[1], "native program", &why);
  if (client == NULL) return fail();
  struct weir_options options = {.direction = playing ? WEIR_PLAYBACK : WEIR_RECORD,
                                 .format = WEIR_S16,
                                 .rate = 48000,
                                 .channels = 2,
                                 .latency_us = 40000,
                                 .device = argv[3]};
  weir_stream *stream = weir_open(client, &options, &why);
  if (stream == NULL) {
    fail();
    weir_disconnect(client);
    return 1;
  }
  int status = playing ? play(stream, argv[4]) : record(stream, strtoul(argv[4], NULL, 10));
  weir_disconnect(client);
  return status;
}
