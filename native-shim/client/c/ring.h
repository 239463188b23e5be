/* A stream's ring as its client has it: checked and mapped, written or read, waited for (docs/ring-layout.md). */
#ifndef WEIR_RING_H
#define WEIR_RING_H

#include "../../c/ring_layout.h"
#include "messages.h"

#define RING_FDS 3 /* control, data, wake-up socket */

struct ring {
  struct weir_control *control;
  const struct weir_status *status;
  uint8_t *samples; /* a record stream's can only be read */
  size_t control_bytes, data_bytes;
  int wake_fd;
  int playback;

  /* Private truth: never read back from shared memory. */
  uint32_t capacity_frames, frame_bytes, rate;
  uint32_t position; /* frames written or read, modulo 2^32 */
  uint64_t lost_frames;
  uint32_t fill_frames, quantum_frames; /* as last heard */
  uint32_t latency_frames;              /* wanted */
  int is_playing;                       /* as last heard */
  int by_timer;                         /* waits by a timer of our own */
  int ended;                            /* the server let go of it, or moved a counter where it cannot be */
};

/* Checks and maps what came with StreamOpened. Owns the descriptors in any case. 0 or -1. */
int ring_map(struct ring *ring, const struct weir_options *options, const struct opened *opened, const int fds[RING_FDS],
             struct weir_error *why);
void ring_unmap(struct ring *ring);

/* Frames that may be written (playback: up to the fill to keep) or read. */
uint32_t ring_ready(struct ring *ring);

/* The next frame's place, and how many of `frames` lie there in one piece. */
uint8_t *ring_at(const struct ring *ring);
uint32_t ring_contiguous(const struct ring *ring, uint32_t frames);

/* Shows the other side that `frames` were written or read. */
void ring_advance(struct ring *ring, uint32_t frames);

/* Copies what is there, up to `frames`; what was overwritten meanwhile is counted lost. */
uint32_t ring_read(struct ring *ring, uint8_t *into, uint32_t frames);

/* As weir_wait. */
int ring_wait(struct ring *ring, int timeout_ms, struct weir_error *why);

int ring_status(const struct ring *ring, struct weir_stream_status *status);

#endif
