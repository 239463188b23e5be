#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "client.h"
#include "error.h"

static int are_possible(const struct weir_options *options) {
  return (options->direction == WEIR_PLAYBACK || options->direction == WEIR_RECORD) && options->format >= WEIR_S16 &&
         options->format <= WEIR_F32 && options->rate >= 8000 && options->rate <= 192000 && options->channels >= 1 &&
         options->channels <= 8;
}

/* Without waiting: its answer is heard by whoever listens next. */
static void say_close(struct weir_client *client, uint32_t number) {
  struct request request;
  if (client->link.fd < 0) return;
  put_close(request_begin(client, &request), number);
  link_send(&client->link, request.out.bytes, request.out.size, ANSWER_TIMEOUT_MS, NULL);
}

static int open_ring(struct weir_client *client, struct weir_stream *stream, const struct weir_options *options,
                     struct weir_error *why) {
  struct request request;
  struct message answer;
  uint8_t id[STREAM_ID_BYTES];
  int fds[RING_FDS];
  if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id) return weir_fail(why, "STREAM_ID_INVALID", "no random numbers");
  put_open(request_begin(client, &request), id, options);
  if (request_finish(client, &request, BODY_OPENED, ANSWER_TIMEOUT_MS, &answer, why) < 0) return -1;
  stream->number = answer.opened.stream;
  if (answer.opened.transport != TRANSPORT_RING) {
    weir_fail(why, "SHARED_MEMORY_UNAVAILABLE", "the server does not share memory with this program");
  } else if (link_take_fds(&client->link, fds, RING_FDS) < 0) {
    weir_fail(why, "FD_MISSING", "the server did not send the ring's descriptors");
  } else if (ring_map(&stream->ring, options, &answer.opened, fds, why) == 0) {
    return 0;
  }
  say_close(client, stream->number);
  return -1;
}

weir_stream *weir_open(weir_client *client, const struct weir_options *options, struct weir_error *why) {
  if (!are_possible(options)) {
    weir_fail(why, "FORMAT_UNSUPPORTED", "direction, format, rate or channels are out of range");
    return NULL;
  }
  struct weir_stream *stream = calloc(1, sizeof *stream);
  if (stream == NULL) {
    weir_fail(why, "MAPPING_FAILED", "no memory");
    return NULL;
  }
  stream->client = client;
  if (open_ring(client, stream, options, why) < 0) {
    free(stream);
    return NULL;
  }
  stream->next = client->streams;
  client->streams = stream;
  return stream;
}

void weir_close(weir_stream *stream) {
  if (stream == NULL) return;
  struct weir_client *client = stream->client;
  struct weir_stream **at = &client->streams;
  while (*at != stream) at = &(*at)->next;
  *at = stream->next;
  say_close(client, stream->number);
  ring_unmap(&stream->ring);
  free(stream);
}

uint32_t weir_number(const weir_stream *stream) { return stream->number; }

int weir_pause(weir_stream *stream, int paused, struct weir_error *why) {
  struct request request;
  struct message answer;
  put_pause(request_begin(stream->client, &request), stream->number, paused);
  return request_finish(stream->client, &request, BODY_DONE, ANSWER_TIMEOUT_MS, &answer, why);
}

int weir_drain(weir_stream *stream, int timeout_ms, struct weir_error *why) {
  struct request request;
  struct message answer;
  put_drain(request_begin(stream->client, &request), stream->number);
  return request_finish(stream->client, &request, BODY_DONE, timeout_ms, &answer, why);
}

/* ---- the ring ---- */

int weir_wait(weir_stream *stream, int timeout_ms, struct weir_error *why) {
  return ring_wait(&stream->ring, timeout_ms, why);
}

uint32_t weir_room(weir_stream *stream) { return stream->ring.playback ? ring_ready(&stream->ring) : 0; }

void *weir_begin(weir_stream *stream, uint32_t *frames) {
  uint32_t room = weir_room(stream);
  *frames = ring_contiguous(&stream->ring, room < *frames ? room : *frames);
  return ring_at(&stream->ring);
}

void weir_commit(weir_stream *stream, uint32_t frames) { ring_advance(&stream->ring, frames); }

int weir_write(weir_stream *stream, const void *samples, size_t frames, struct weir_error *why) {
  const uint8_t *from = samples;
  while (frames > 0) {
    uint32_t count = frames < UINT32_MAX ? (uint32_t)frames : UINT32_MAX;
    void *to = weir_begin(stream, &count);
    if (count == 0) {
      if (weir_wait(stream, -1, why) < 0) return -1;
      continue;
    }
    size_t bytes = (size_t)count * stream->ring.frame_bytes;
    memcpy(to, from, bytes);
    weir_commit(stream, count);
    from += bytes;
    frames -= count;
  }
  return 0;
}

size_t weir_read(weir_stream *stream, void *samples, size_t frames) {
  if (stream->ring.playback) return 0;
  return ring_read(&stream->ring, samples, frames < UINT32_MAX ? (uint32_t)frames : UINT32_MAX);
}

uint64_t weir_lost(const weir_stream *stream) { return stream->ring.lost_frames; }

int weir_get_status(const weir_stream *stream, struct weir_stream_status *status) {
  return ring_status(&stream->ring, status);
}
