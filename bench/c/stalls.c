/* The machine's own noise: how often a bare real-time timer is later than that. stalls LATE_US SECONDS → a number. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "realtime.h"

#define SECOND_NS 1000000000ll
#define PERIOD_NS 1000000

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND_NS + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int64_t late_ns = atoll(argv[1]) * 1000;
  int64_t due_ns = now_ns(), end_ns = due_ns + (int64_t)(atof(argv[2]) * SECOND_NS);
  int stalls = 0;
  go_realtime();
  while (due_ns < end_ns) {
    due_ns += PERIOD_NS;
    struct timespec t = {.tv_sec = due_ns / SECOND_NS, .tv_nsec = due_ns % SECOND_NS};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    int64_t now = now_ns();
    if (now - due_ns < late_ns) continue;
    stalls++;
    due_ns = now; /* one stall is counted once */
  }
  printf("%d\n", stalls);
}
