/* A program as others write it, over PulseAudio's own libpulse.
 * pulse-program together DEVICE [cork]   a ramp to the left by one stream and to the right by another, started together
 * pulse-program time DEVICE SECONDS      plays silence; a line each 5 ms: what it took by the clock, and of the stream, in µs
 * pulse-program unless-suspended DEVICE  plays silence until its stream ends, or cannot begin, and says why
 * Exit: 0 done, 1 refused (libpulse's word on stderr). */
#include <pulse/pulseaudio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE 48000
#define CHANNELS 2
#define FRAME_BYTES (CHANNELS * sizeof(float))

static pa_mainloop *loop;
static pa_context *context;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, pa_strerror(pa_context_errno(context)));
  exit(1);
}

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void turn(void) {
  if (pa_mainloop_iterate(loop, 1, NULL) < 0) fail("the main loop");
}

static void wake(pa_mainloop_api *api, pa_time_event *event, const struct timeval *at, void *data) {
  (void)api, (void)event, (void)at, (void)data;
}

static void run_ms(int64_t ms) {
  int64_t end = now_us() + ms * 1000;
  pa_mainloop_api *api = pa_mainloop_get_api(loop);
  struct timeval at;
  pa_timeval_add(pa_gettimeofday(&at), ms * 1000);
  pa_time_event *event = api->time_new(api, &at, wake, NULL);
  while (now_us() < end) turn();
  api->time_free(event);
}

static void note(pa_stream *stream, int success, void *data) {
  (void)stream;
  *(int *)data = success;
}

static void carry_out(pa_operation *operation, const int *success, const char *what) {
  if (operation == NULL) fail(what);
  while (pa_operation_get_state(operation) == PA_OPERATION_RUNNING) turn();
  pa_operation_unref(operation);
  if (!*success) fail(what);
}

static void join(void) {
  loop = pa_mainloop_new();
  context = pa_context_new(pa_mainloop_get_api(loop), "pulse-program");
  if (pa_context_connect(context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0) fail("connect");
  while (pa_context_get_state(context) != PA_CONTEXT_READY) {
    if (!PA_CONTEXT_IS_GOOD(pa_context_get_state(context))) fail("connect");
    turn();
  }
}

static pa_stream *open_stream(const char *device, pa_stream_flags_t flags, pa_stream *with) {
  const pa_sample_spec spec = {PA_SAMPLE_FLOAT32LE, RATE, CHANNELS};
  const pa_buffer_attr attr = {(uint32_t)-1, 4 * RATE * FRAME_BYTES, RATE / 10 * FRAME_BYTES, (uint32_t)-1, (uint32_t)-1};
  pa_stream *stream = pa_stream_new(context, "ramp", &spec, NULL);
  if (pa_stream_connect_playback(stream, device, &attr, flags, NULL, with) < 0) fail("stream");
  while (pa_stream_get_state(stream) != PA_STREAM_READY) {
    if (!PA_STREAM_IS_GOOD(pa_stream_get_state(stream))) fail("stream");
    turn();
  }
  return stream;
}

/* Frame i of the ramp is (i + 1) / 2^18, on the channels that are asked for. */
static void write_ramp(pa_stream *stream, int from, int to, int left, int right) {
  float *frames = calloc(to - from, FRAME_BYTES);
  for (int i = from; i < to; i++) {
    const float value = (float)(i + 1) / 262144;
    frames[(i - from) * CHANNELS] = left ? value : 0;
    frames[(i - from) * CHANNELS + 1] = right ? value : 0;
  }
  if (pa_stream_write(stream, frames, (to - from) * FRAME_BYTES, free, 0, PA_SEEK_RELATIVE) < 0) fail("write");
}

static void cork(pa_stream *stream, int corked) {
  int success = 0;
  carry_out(pa_stream_cork(stream, corked, note, &success), &success, "cork");
}

/* Both at once: one that ended before the other was drained would starve. */
static void drain(pa_stream *one, pa_stream *other) {
  int success = 0, more = 0;
  pa_operation *first = pa_stream_drain(one, note, &success);
  carry_out(pa_stream_drain(other, note, &more), &more, "drain");
  carry_out(first, &success, "drain");
}

static void together(const char *device, int corks) {
  pa_stream *one = open_stream(device, PA_STREAM_START_CORKED, NULL);
  pa_stream *other = open_stream(device, PA_STREAM_START_CORKED, one);
  write_ramp(one, 0, 2 * RATE, 1, 0);
  cork(one, 0);
  /* The other one has nothing yet: neither may begin. */
  run_ms(200);
  write_ramp(other, 0, RATE, 0, 1);
  write_ramp(other, RATE, 2 * RATE, 0, 1);
  for (int round = 0; corks && round < 3; round++) {
    run_ms(150);
    cork(round % 2 ? one : other, 1);
    run_ms(100);
    cork(round % 2 ? other : one, 0);
  }
  drain(one, other);
}

static void tell_time(const char *device, int seconds) {
  pa_stream *stream = open_stream(device, PA_STREAM_NOT_MONOTONIC, NULL);
  write_ramp(stream, 0, 4 * RATE, 0, 0);
  const int64_t begin = now_us();
  while (now_us() < begin + seconds * 1000000LL) {
    int success = 0;
    carry_out(pa_stream_update_timing_info(stream, note, &success), &success, "timing");
    const pa_timing_info *info = pa_stream_get_timing_info(stream);
    pa_usec_t heard;
    if (pa_stream_get_time(stream, &heard) < 0) fail("time");
    printf("%lld %lld %d\n", (long long)(now_us() - begin), (long long)heard, info->playing);
    run_ms(5);
  }
}

/* What it is told where its output leaves the device to somebody else. */
static void unless_suspended(const char *device) {
  pa_stream *stream = open_stream(device, PA_STREAM_FAIL_ON_SUSPEND, NULL);
  write_ramp(stream, 0, 4 * RATE, 0, 0);
  puts("playing");
  fflush(stdout);
  while (PA_STREAM_IS_GOOD(pa_stream_get_state(stream))) turn();
  puts(pa_strerror(pa_context_errno(context)));
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  join();
  if (strcmp(argv[1], "together") == 0) together(argv[2], argc > 3);
  else if (strcmp(argv[1], "time") == 0) tell_time(argv[2], argc > 3 ? atoi(argv[3]) : 1);
  else if (strcmp(argv[1], "unless-suspended") == 0) unless_suspended(argv[2]);
  else return 2;
  pa_context_disconnect(context);
  return 0;
}
