#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "error.h"
#include "link.h"
#include "ring.h"

/* When to sleep, and how long. The server says when it last mixed, so a client with a timer wakes just after the quantum
 * that it waits for; one without slack asks to be woken by a byte. */

#define SECOND_NS 1000000000ll
#define LONGEST_SLEEP_NS (SECOND_NS / 4) /* a byte that never comes, a clock that makes no sense */
#define BYTES_A_WAKE 16                  /* taken at once; more are taken the next time */
#define MIX_NS 200000                    /* a quantum needs no longer from its due time to our ring */

static uint32_t at_most(uint32_t value, uint32_t limit) { return value < limit ? value : limit; }

/* Hears what the server says of quantum, fill and state, and believes the first two only within the ring. */
static uint64_t hear(struct ring *ring) {
  struct weir_stream_status status = {0};
  if (!ring_status(ring, &status)) return 0;
  ring->is_playing = status.state == WEIR_PLAYING;
  if (status.quantum_frames > 0) ring->quantum_frames = at_most(status.quantum_frames, ring->capacity_frames);
  if (status.fill_frames > 0) ring->fill_frames = at_most(status.fill_frames, ring->capacity_frames);
  return status.time_ns;
}

/* The fill at which the ring is worth a look. Playback is filled again when half is left, but never with less than two
 * quanta; a ring that holds no more than those, when a quantum is gone. Record is read twice in its latency, by whole quanta. */
static uint32_t due_fill(const struct ring *ring) {
  uint32_t quantum = ring->quantum_frames > 0 ? ring->quantum_frames : 1;
  if (!ring->playback) {
    uint32_t quanta = ring->latency_frames / 2 / quantum;
    return at_most((quanta > 0 ? quanta : 1) * quantum, ring->capacity_frames / 2);
  }
  uint32_t keep = ring->fill_frames;
  uint32_t level = keep / 2 > 2 * quantum - 1 ? keep / 2 : 2 * quantum - 1;
  return at_most(level, keep > quantum ? keep - quantum : 0);
}

static uint32_t fill_of(struct ring *ring) {
  if (!ring->playback) return ring_ready(ring);
  return ring->position - __atomic_load_n(&ring->control->read, __ATOMIC_ACQUIRE);
}

static int is_due(struct ring *ring) {
  uint32_t ready = ring_ready(ring);
  if (!ring->playback) return ready > 0 && ready >= due_fill(ring);
  /* While it does not play, nothing brings the fill down: the server waits for as much as it can get. */
  return ready > 0 && (!ring->is_playing || fill_of(ring) <= due_fill(ring));
}

/* By the timer: until just after the quantum that makes it due, as the server's own times tell. */
static int64_t timer_ns(struct ring *ring, uint64_t mixed_at_ns) {
  int64_t now = now_ns();
  int64_t quantum = ring->quantum_frames > 0 ? ring->quantum_frames : 1;
  int64_t quantum_ns = quantum * SECOND_NS / ring->rate;
  int64_t missing = (int64_t)fill_of(ring) - due_fill(ring);
  if (!ring->playback) missing = -missing;
  int64_t quanta = missing > 0 ? (missing + quantum - 1) / quantum : 1;
  int64_t age_ns = mixed_at_ns == 0 || mixed_at_ns > (uint64_t)now ? 0 : now - (int64_t)mixed_at_ns;
  int64_t sleep_ns = quanta * quantum_ns + MIX_NS - age_ns;
  if (sleep_ns > 0) return sleep_ns;
  return (age_ns > quantum_ns ? age_ns : quantum_ns) / 8; /* late: look again soon, less often the longer nothing moves */
}

/* Asks for one byte, looks once more, and leaves the sleep to the socket. */
static int64_t byte_ns(struct ring *ring) {
  __atomic_store_n(&ring->control->wake_frames, ring->playback ? due_fill(ring) : 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&ring->control->wake_request, 1, __ATOMIC_SEQ_CST);
  return is_due(ring) ? 0 : LONGEST_SLEEP_NS;
}

/* Waits for a byte, the server's end of the socket closing, or the time. */
static void sleep_ring(struct ring *ring, int64_t ns) {
  struct pollfd p = {.fd = ring->wake_fd, .events = POLLIN};
  struct timespec t = {.tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS};
  if (ppoll(&p, 1, &t, NULL) <= 0) return;
  for (int i = 0; i < BYTES_A_WAKE; i++) {
    char byte;
    ssize_t n = recv(ring->wake_fd, &byte, sizeof byte, MSG_DONTWAIT);
    if (n > 0) continue;
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) ring->ended = 1;
    return;
  }
}

int ring_wait(struct ring *ring, int timeout_ms, struct weir_error *why) {
  int64_t end_ns = now_ns() + (int64_t)timeout_ms * 1000000;
  while (!ring->ended) {
    uint64_t mixed_at_ns = hear(ring);
    if (is_due(ring)) return 1;
    if (ring->ended) break;
    int64_t ns = ring->by_timer ? timer_ns(ring, mixed_at_ns) : byte_ns(ring);
    if (ns > LONGEST_SLEEP_NS) ns = LONGEST_SLEEP_NS;
    if (timeout_ms >= 0) {
      int64_t left_ns = end_ns - now_ns();
      if (left_ns <= 0) return 0;
      if (ns > left_ns) ns = left_ns;
    }
    sleep_ring(ring, ns);
  }
  return weir_fail(why, "STREAM_CLOSED", "the server closed the stream, or the connection broke");
}
