/* Weir for native programs: play into its outputs and hear its inputs and monitors through shared memory.
 *
 *   struct weir_error why;
 *   weir_client *client = weir_connect(NULL, "bell", &why);
 *   weir_stream *stream = weir_open(client, &(struct weir_options){.direction = WEIR_PLAYBACK, .format = WEIR_S16,
 *                                   .rate = 48000, .channels = 2, .latency_us = 20000, .name = "ding"}, &why);
 *   weir_write(stream, frames, count, &why);
 *   weir_drain(stream, 5000, &why);
 *   weir_disconnect(client);
 *
 * A frame is one sample a channel, interleaved, little endian. Link with -lweir-client; nothing but libc is needed.
 *
 * Threads: what touches a stream's ring (wait, write, begin, commit, read, lost, status) may run on another thread than
 * what speaks with the server (the rest); each of the two sides on one thread at a time. */
#ifndef WEIR_H
#define WEIR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct weir_client weir_client;
typedef struct weir_stream weir_stream;

/* Why something failed. Every function that can fail takes one; NULL where nobody wants to know. */
struct weir_error {
  char code[48];  /* stable, as docs/errors.md lists them */
  char what[208]; /* for people */
};

enum weir_direction { WEIR_PLAYBACK = 1, WEIR_RECORD = 2 };
enum weir_format { WEIR_S16 = 1, WEIR_S24 = 2, WEIR_S32 = 3, WEIR_F32 = 4 }; /* S24 is packed in three bytes */

/* Connects and says hello. `socket` NULL: the one that the environment means (WEIR_RUNTIME_DIR, XDG_RUNTIME_DIR …), and
 * only if this user or root serves it. `name`: what a person calls this program. NULL on failure. */
weir_client *weir_connect(const char *socket, const char *name, struct weir_error *why);

/* Closes every stream, then the connection. No stream may be used afterwards. */
void weir_disconnect(weir_client *client);

/* For poll(2): readable when weir_next_event has something to do. */
int weir_fd(const weir_client *client);

struct weir_options {
  enum weir_direction direction;
  enum weir_format format;
  uint32_t rate;       /* Hz, 8000 to 192000 */
  uint32_t channels;   /* 1 to 8 */
  uint32_t latency_us; /* wanted latency, 1000 to 2000000; 0 is no wish */
  const char *name;    /* what a person calls the stream; NULL is unnamed */
  const char *device;  /* an output, or an input or OUTPUT.monitor; NULL is the default one */
};

/* Opens a stream over a ring in shared memory. It is closed with the client at the latest. NULL on failure. */
weir_stream *weir_open(weir_client *client, const struct weir_options *options, struct weir_error *why);

/* Fades out and frees. `stream` may not be used afterwards. */
void weir_close(weir_stream *stream);

/* The stream's number in the mixer and in events. */
uint32_t weir_number(const weir_stream *stream);

/* 1 stops, after a short fade, 0 goes on. 0 on success, -1 on failure. */
int weir_pause(weir_stream *stream, int paused, struct weir_error *why);

/* Playback: returns 0 when the last frame written has left the device, -1 on failure or after `timeout_ms`. */
int weir_drain(weir_stream *stream, int timeout_ms, struct weir_error *why);

/* ---- the ring ---- */

/* Sleeps until frames can be written, so that the ring holds its wanted latency and no more, or until there are frames
 * to read. 1: there are; 0: `timeout_ms` went by (-1: no limit); -1: the stream has ended. Streams of 10 ms or more wait
 * by a timer, which costs the server nothing; faster ones are woken by it. */
int weir_wait(weir_stream *stream, int timeout_ms, struct weir_error *why);

/* Playback: frames that can be written now. */
uint32_t weir_room(weir_stream *stream);

/* Playback: where up to *frames frames may be written in place; *frames becomes how many fit in one piece, at most the
 * room. Then weir_commit says how many of them are there. Nothing is copied. */
void *weir_begin(weir_stream *stream, uint32_t *frames);
void weir_commit(weir_stream *stream, uint32_t frames);

/* Playback: writes all `frames`, waiting as often as it takes (for ever while the stream is paused). 0, or -1 when the
 * stream has ended. */
int weir_write(weir_stream *stream, const void *samples, size_t frames, struct weir_error *why);

/* Record: fills `samples` with up to `frames` frames that are there; how many. */
size_t weir_read(weir_stream *stream, void *samples, size_t frames);

/* Record: frames that were overwritten before they were read, since the stream opened. */
uint64_t weir_lost(const weir_stream *stream);

/* What the server last said of the stream. All frames are at the stream's rate. */
struct weir_stream_status {
  uint64_t frame;          /* frames consumed (playback) or produced (record) since the stream opened … */
  uint64_t time_ns;        /* … at this CLOCK_MONOTONIC time */
  uint32_t delay_frames;   /* from there to the speaker, or from the source */
  uint32_t quantum_frames; /* taken or given at once */
  uint32_t fill_frames;    /* playback: what is kept in the ring for the wanted latency */
  uint32_t starved_frames; /* silence played for want of data */
  uint32_t underruns;      /* how often that was */
  uint32_t dropped_frames;
  uint32_t state;          /* enum weir_state */
};
enum weir_state { WEIR_FILLING = 1, WEIR_PLAYING, WEIR_STARVED, WEIR_PAUSED, WEIR_DRAINING, WEIR_ORPHANED };

/* One consistent moment of it. 1, or 0 when the server was writing all the while: the next look will do. */
int weir_get_status(const weir_stream *stream, struct weir_stream_status *status);

/* ---- news ---- */

enum weir_event_kind {
  WEIR_STARTED = 1,
  WEIR_STARVING, /* `frames` of silence since the last time */
  WEIR_DROPPED,  /* `frames` were thrown away; `why` says why */
  WEIR_MOVED,    /* it is on `device` now */
  WEIR_CLOSED,   /* it has ended; `why` says why. weir_close still frees it */
  WEIR_TIMING,   /* quantum or fill changed; the ring's functions know already */
  WEIR_LOST      /* its device is gone; it waits for another */
};

struct weir_event {
  enum weir_event_kind kind;
  uint32_t stream; /* its number */
  uint64_t frames;
  char device[128];
  struct weir_error why;
};

/* The next thing that happened to a stream. 1: `event` is filled; 0: nothing within `timeout_ms` (-1: no limit); -1: the
 * connection has ended. At most 64 wait; the oldest are forgotten first. */
int weir_next_event(weir_client *client, int timeout_ms, struct weir_event *event, struct weir_error *why);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
