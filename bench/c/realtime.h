/* For clients of either server alike: real-time scheduling where it is allowed; whether it was. */
#ifndef BENCH_REALTIME_H
#define BENCH_REALTIME_H

#include <sched.h>

static int go_realtime(void) {
  struct sched_param p = {.sched_priority = 10};
  return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p) == 0;
}

#endif
