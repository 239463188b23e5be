/* The click that is played and heard, for any server: what to write, what to look for, what to report. Stereo s16. */
#ifndef BENCH_CLICK_H
#define BENCH_CLICK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CLICK_RATE 48000
#define CLICK_FRAMES 8
#define CLICK_LEVEL 30000
#define TONE_LEVEL 100    /* steady, so that a gap shows as silence */
#define HEARD_LEVEL 15000
#define MAX_CLICKS 4096
#define SETTLE_NS 2000000000ll /* before the first click, and before gaps count */
#define LOST_NS 2000000000ll

struct click_loop {
  int64_t start_ns, end_ns, next_ns;
  int64_t sent_ns; /* 0: no click is under way; one thread sets it, the other clears it */
  int64_t lost;
  int64_t gap_frames, gaps;
  int in_gap, skip;
  int count;
  double heard_ms[MAX_CLICKS];
};

static int64_t click_now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void click_start(struct click_loop *loop, double seconds) {
  loop->start_ns = click_now_ns();
  loop->next_ns = loop->start_ns + SETTLE_NS;
  loop->end_ns = loop->next_ns + (int64_t)(seconds * 1e9);
}

static int click_done(const struct click_loop *loop) { return click_now_ns() > loop->end_ns; }

/* Fills what is written at one time; a click, when one is due, goes `first`. */
static void click_write(struct click_loop *loop, int16_t *samples, size_t frames, int first) {
  for (size_t i = 0; i < 2 * frames; i++) samples[i] = TONE_LEVEL;
  int64_t now = click_now_ns();
  if (!first || now < __atomic_load_n(&loop->next_ns, __ATOMIC_ACQUIRE)) return;
  if (__atomic_load_n(&loop->sent_ns, __ATOMIC_ACQUIRE) != 0) return;
  for (size_t i = 0; i < 2 * CLICK_FRAMES && i < 2 * frames; i++) samples[i] = CLICK_LEVEL;
  __atomic_store_n(&loop->sent_ns, now, __ATOMIC_RELEASE);
}

/* The next one comes after a time that no server's period divides. */
static void click_next(struct click_loop *loop, int64_t now) {
  __atomic_store_n(&loop->next_ns, now + (37 + rand() % 30) * 1000000ll, __ATOMIC_RELEASE);
  __atomic_store_n(&loop->sent_ns, 0, __ATOMIC_RELEASE);
}

static void click_hear(struct click_loop *loop, const int16_t *samples, size_t frames) {
  int64_t now = click_now_ns();
  int64_t sent_ns = __atomic_load_n(&loop->sent_ns, __ATOMIC_ACQUIRE);
  for (size_t i = 0; i < frames; i++) {
    int level = abs(samples[2 * i]);
    int silent = level < TONE_LEVEL / 4;
    if (now > loop->start_ns + SETTLE_NS) {
      loop->gap_frames += silent;
      loop->gaps += silent && !loop->in_gap;
    }
    loop->in_gap = silent;
    if (loop->skip > 0) loop->skip--;
    if (level < HEARD_LEVEL || sent_ns == 0 || loop->skip > 0) continue;
    if (loop->count < MAX_CLICKS) loop->heard_ms[loop->count++] = (double)(now - sent_ns) / 1e6;
    loop->skip = 4 * CLICK_FRAMES;
    click_next(loop, now);
    sent_ns = 0;
  }
  if (sent_ns != 0 && now - sent_ns > LOST_NS) {
    loop->lost++;
    click_next(loop, now);
  }
}

static int click_compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void click_report(struct click_loop *loop, uint32_t underruns, uint64_t lost_frames, int realtime) {
  int n = loop->count;
  qsort(loop->heard_ms, (size_t)n, sizeof *loop->heard_ms, click_compare);
  printf("{\"clicks\":%d,\"lost\":%lld,\"gaps\":%lld,\"gapFrames\":%lld,\"underruns\":%u,\"lostFrames\":%llu,", n,
         (long long)loop->lost, (long long)loop->gaps, (long long)loop->gap_frames, underruns,
         (unsigned long long)lost_frames);
  printf("\"realtime\":%s,\"medianMs\":%.3f,\"p95Ms\":%.3f,\"maxMs\":%.3f}\n", realtime ? "true" : "false",
         n > 0 ? loop->heard_ms[n / 2] : -1, n > 0 ? loop->heard_ms[n * 95 / 100] : -1, n > 0 ? loop->heard_ms[n - 1] : -1);
}

#endif
