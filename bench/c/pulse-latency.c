/* The same loop through a server of PulseAudio's protocol: its default sink and that one's monitor.
 * PULSE_SERVER=unix:… pulse-latency LATENCY_US SECONDS → one JSON line. */
#define _GNU_SOURCE
#include <pulse/pulseaudio.h>

#include "click.h"
#include "realtime.h"

static struct click_loop loop;
static uint32_t underruns;
static pa_context *context;

static void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, pa_strerror(pa_context_errno(context)));
  exit(1);
}

static void writable(pa_stream *stream, size_t bytes, void *unused) {
  (void)unused;
  for (int first = 1; bytes >= 4; first = 0) {
    void *room;
    size_t size = bytes;
    if (pa_stream_begin_write(stream, &room, &size) < 0 || size < 4) return;
    if (size > bytes) size = bytes;
    size -= size % 4;
    click_write(&loop, room, size / 4, first);
    if (pa_stream_write(stream, room, size, NULL, 0, PA_SEEK_RELATIVE) < 0) die("write");
    bytes -= size;
  }
}

static void readable(pa_stream *stream, size_t bytes, void *unused) {
  (void)unused;
  const void *samples;
  while (pa_stream_readable_size(stream) > 0 && pa_stream_peek(stream, &samples, &bytes) == 0 && bytes > 0) {
    if (samples != NULL) click_hear(&loop, samples, bytes / 4);
    pa_stream_drop(stream);
  }
}

static void underflow(pa_stream *stream, void *unused) {
  (void)stream, (void)unused;
  underruns++;
}

static void wait_for(pa_mainloop *mainloop, pa_stream *stream) {
  pa_stream_state_t state;
  while ((state = pa_stream_get_state(stream)) != PA_STREAM_READY) {
    if (!PA_STREAM_IS_GOOD(state) || pa_mainloop_iterate(mainloop, 1, NULL) < 0) die("stream");
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  pa_sample_spec spec = {.format = PA_SAMPLE_S16LE, .rate = CLICK_RATE, .channels = 2};
  uint32_t bytes = (uint32_t)pa_usec_to_bytes((pa_usec_t)atoi(argv[1]), &spec);
  pa_buffer_attr attr = {
      .maxlength = UINT32_MAX, .tlength = bytes, .prebuf = UINT32_MAX, .minreq = UINT32_MAX, .fragsize = bytes};
  pa_mainloop *mainloop = pa_mainloop_new();
  context = pa_context_new(pa_mainloop_get_api(mainloop), "bench");
  if (pa_context_connect(context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0) die("connect");
  while (pa_context_get_state(context) != PA_CONTEXT_READY) {
    if (!PA_CONTEXT_IS_GOOD(pa_context_get_state(context)) || pa_mainloop_iterate(mainloop, 1, NULL) < 0) die("context");
  }
  pa_stream *player = pa_stream_new(context, "player", &spec, NULL);
  pa_stream *ear = pa_stream_new(context, "ear", &spec, NULL);
  int realtime = go_realtime();
  click_start(&loop, atof(argv[2]));
  pa_stream_set_write_callback(player, writable, NULL);
  pa_stream_set_underflow_callback(player, underflow, NULL);
  if (pa_stream_connect_playback(player, NULL, &attr, PA_STREAM_ADJUST_LATENCY, NULL, NULL) < 0) die("player");
  wait_for(mainloop, player);
  pa_stream_set_read_callback(ear, readable, NULL);
  if (pa_stream_connect_record(ear, "@DEFAULT_MONITOR@", &attr, PA_STREAM_ADJUST_LATENCY) < 0) die("ear");
  wait_for(mainloop, ear);
  while (!click_done(&loop)) {
    if (pa_mainloop_iterate(mainloop, 1, NULL) < 0) die("loop");
  }
  click_report(&loop, underruns, 0, realtime);
  return 0;
}
