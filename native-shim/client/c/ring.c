#define _GNU_SOURCE
#include "ring.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"
#include "link.h"
#include "segment.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* fcntl(2), Linux 5.1 */
#endif

#define CONTROL_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define DATA_SEALS (CONTROL_SEALS | F_SEAL_FUTURE_WRITE)
#define CAPACITY_LIMIT_FRAMES (1u << 21)
#define STATUS_ATTEMPTS_LIMIT 32
#define TIMER_LEAST_US 10000 /* streams slower than this wait by a timer of their own */
#define UNHURRIED_US 40000   /* where no latency was asked for */

static uint32_t frame_bytes_of(const struct weir_options *options) {
  static const uint32_t sample_bytes[] = {[WEIR_S16] = 2, [WEIR_S24] = 3, [WEIR_S32] = 4, [WEIR_F32] = 4};
  return sample_bytes[options->format] * options->channels;
}

static uint32_t load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

/* ---- mapping ---- */

/* The announced sizes are the only ones such a ring can have. */
static int is_ring(const struct ring *ring, const struct opened *opened) {
  uint32_t capacity = ring->capacity_frames;
  if (capacity == 0 || capacity > CAPACITY_LIMIT_FRAMES || (capacity & (capacity - 1)) != 0) return 0;
  uint32_t samples_bytes = (capacity * ring->frame_bytes + WEIR_PAGE - 1) / WEIR_PAGE * WEIR_PAGE;
  uint32_t control_bytes = WEIR_PAGE + (ring->playback ? samples_bytes : 0);
  uint32_t data_bytes = WEIR_PAGE + (ring->playback ? 0 : samples_bytes);
  return opened->control_bytes == control_bytes && opened->data_bytes == data_bytes;
}

static int headers_fit(const struct ring *ring) {
  const struct weir_control *control = ring->control;
  const struct weir_status *status = ring->status;
  return control->magic == WEIR_RING_MAGIC && status->magic == WEIR_RING_MAGIC &&
         control->version >> 16 == WEIR_RING_MAJOR && status->version >> 16 == WEIR_RING_MAJOR &&
         control->capacity_frames == ring->capacity_frames && control->frame_bytes == ring->frame_bytes;
}

static int map_both(struct ring *ring, int control_fd, int data_fd, struct weir_error *why) {
  ring->control = segment_map(control_fd, ring->control_bytes, CONTROL_SEALS, 1, why);
  if (ring->control == NULL) {
    drop_fd(data_fd);
    return -1;
  }
  ring->status = segment_map(data_fd, ring->data_bytes, DATA_SEALS, 0, why);
  if (ring->status == NULL) return -1;
  if (!headers_fit(ring)) return weir_fail(why, "BAD_MESSAGE", "the segments do not hold the ring that was announced");
  ring->samples = (uint8_t *)(ring->playback ? (void *)ring->control : (void *)ring->status) + WEIR_PAGE;
  return 0;
}

int ring_map(struct ring *ring, const struct weir_options *options, const struct opened *opened, const int fds[RING_FDS],
             struct weir_error *why) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  uint32_t latency_us = options->latency_us > 0 ? options->latency_us : UNHURRIED_US;
  *ring = (struct ring){
      .control_bytes = opened->control_bytes,
      .data_bytes = opened->data_bytes,
      .wake_fd = -1,
      .playback = options->direction == WEIR_PLAYBACK,
      .capacity_frames = opened->capacity_frames,
      .frame_bytes = frame_bytes_of(options),
      .rate = options->rate,
      .fill_frames = opened->fill_frames,
      .quantum_frames = opened->quantum_frames,
      .latency_frames = (uint32_t)((uint64_t)latency_us * options->rate / 1000000),
      .by_timer = latency_us >= TIMER_LEAST_US,
  };
  int is_socket = getsockopt(fds[2], SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!is_socket || !is_ring(ring, opened)) {
    for (int i = 0; i < RING_FDS; i++) drop_fd(fds[i]);
    return weir_fail(why, "BAD_MESSAGE", "the server announced a ring that cannot be");
  }
  ring->wake_fd = fds[2];
  if (map_both(ring, fds[0], fds[1], why) == 0) return 0;
  ring_unmap(ring);
  return -1;
}

void ring_unmap(struct ring *ring) {
  if (ring->control != NULL) munmap(ring->control, ring->control_bytes);
  if (ring->status != NULL) munmap((void *)ring->status, ring->data_bytes);
  if (ring->wake_fd >= 0) close(ring->wake_fd);
  *ring = (struct ring){.wake_fd = -1, .ended = 1};
}

/* ---- counters ---- */

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Playback: never less than a quantum is kept, with nothing in the ring nothing would ever be consumed. */
static uint32_t room(struct ring *ring) {
  uint32_t fill = ring->position - load(&ring->control->read);
  if (fill > ring->capacity_frames) ring->ended = 1;
  uint32_t keep = least(most(most(ring->fill_frames, ring->quantum_frames), 1), ring->capacity_frames);
  return ring->ended || fill >= keep ? 0 : keep - fill;
}

/* The producer waits for nobody: nearer than this to being lapped, a frame may be overwritten while it is read. */
static uint32_t safe_frames(const struct ring *ring) {
  return ring->capacity_frames - least(2 * ring->quantum_frames, ring->capacity_frames / 2);
}

/* Too far behind: goes on at the live edge and counts what it missed. */
static uint32_t lose(struct ring *ring, uint32_t behind) {
  ring->lost_frames += behind;
  ring_advance(ring, behind);
  return 0;
}

static uint32_t available(struct ring *ring) {
  uint32_t behind = load(&ring->control->written) - ring->position;
  return behind > safe_frames(ring) ? lose(ring, behind) : behind;
}

uint32_t ring_ready(struct ring *ring) {
  if (ring->control == NULL) return 0;
  return ring->playback ? room(ring) : available(ring);
}

uint8_t *ring_at(const struct ring *ring) {
  return ring->samples + (size_t)(ring->position & (ring->capacity_frames - 1)) * ring->frame_bytes;
}

uint32_t ring_contiguous(const struct ring *ring, uint32_t frames) {
  return least(frames, ring->capacity_frames - (ring->position & (ring->capacity_frames - 1)));
}

void ring_advance(struct ring *ring, uint32_t frames) {
  ring->position += frames;
  uint32_t *word = ring->playback ? &ring->control->written : &ring->control->read;
  __atomic_store_n(word, ring->position, __ATOMIC_RELEASE);
}

uint32_t ring_read(struct ring *ring, uint8_t *into, uint32_t frames) {
  uint32_t count = least(ring_ready(ring), frames);
  if (count == 0) return 0;
  uint32_t first = ring_contiguous(ring, count);
  memcpy(into, ring_at(ring), (size_t)first * ring->frame_bytes);
  memcpy(into + (size_t)first * ring->frame_bytes, ring->samples, (size_t)(count - first) * ring->frame_bytes);
  __atomic_thread_fence(__ATOMIC_ACQUIRE); /* the copy's loads come before the load of `written` */
  uint32_t behind = load(&ring->control->written) - ring->position;
  if (behind > safe_frames(ring)) return lose(ring, behind);
  ring_advance(ring, count);
  return count;
}

/* ---- status ---- */

static uint32_t peek(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }

static void copy_status(const struct weir_status *from, struct weir_stream_status *to) {
  *to = (struct weir_stream_status){
      .frame = (uint64_t)peek(&from->frame_high) << 32 | peek(&from->frame_low),
      .time_ns = (uint64_t)peek(&from->time_s) * 1000000000 + peek(&from->time_ns),
      .delay_frames = peek(&from->delay_frames),
      .quantum_frames = peek(&from->quantum_frames),
      .fill_frames = peek(&from->fill_frames),
      .starved_frames = peek(&from->starved_frames),
      .underruns = peek(&from->underruns),
      .dropped_frames = peek(&from->dropped_frames),
      .state = peek(&from->state),
  };
}

int ring_status(const struct ring *ring, struct weir_stream_status *status) {
  if (ring->status == NULL) return 0;
  for (int attempt = 0; attempt < STATUS_ATTEMPTS_LIMIT; attempt++) {
    struct weir_stream_status copy;
    uint32_t before = load(&ring->status->sequence);
    if (before & 1) continue;
    copy_status(ring->status, &copy);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (peek(&ring->status->sequence) != before) continue;
    *status = copy;
    return 1;
  }
  return 0;
}
