/*
 * When the machine itself stood still. standstills LATE_US: on each processor a thread of the highest real-time priority
 * sleeps to a clock until standard input ends. Then a line for all, "PROCESSORS REALTIME", and one for each time that one
 * woke later than that: "PROCESSOR FROM_NS TO_NS" of CLOCK_MONOTONIC, from when it was due. On a virtual machine each
 * wake-up costs up to 20 us: they are so far apart that a standstill of 7/3 of LATE_US is never missed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000ll
#define EVENTS_MAX 65536

struct late {
  int processor;
  int64_t from_ns, to_ns;
};

static struct late events[EVENTS_MAX];
static int event_count;
static int64_t start_ns, period_ns, late_ns;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void note(int processor, int64_t from_ns, int64_t to_ns) {
  int at = __atomic_fetch_add(&event_count, 1, __ATOMIC_RELAXED);
  if (at < EVENTS_MAX) events[at] = (struct late){processor, from_ns, to_ns};
}

static void *watch(void *argument) {
  int processor = (intptr_t)argument;
  for (int64_t due_ns = start_ns;; due_ns += period_ns) {
    struct timespec t = {.tv_sec = due_ns / SECOND_NS, .tv_nsec = due_ns % SECOND_NS};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    int64_t now = now_ns();
    if (now - due_ns < late_ns) continue;
    note(processor, due_ns, now);
    due_ns += (now - due_ns) / period_ns * period_ns; /* one standstill is noted once */
  }
  return NULL;
}

/* Above everything that is measured; of plain threads, where that is not allowed, nobody knows what they waited for. */
static int start(int processor) {
  pthread_attr_t attributes;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  pthread_attr_init(&attributes);
  pthread_attr_setaffinity_np(&attributes, sizeof one, &one);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, watch, (void *)(intptr_t)processor) != 0) exit(1);
  struct sched_param first = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
  return pthread_setschedparam(thread, SCHED_FIFO, &first) == 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  late_ns = atoll(argv[1]) * 1000;
  period_ns = late_ns * 4 / 3;
  start_ns = now_ns() + SECOND_NS / 100; /* all are there by then */
  cpu_set_t all;
  sched_getaffinity(0, sizeof all, &all);
  int realtime = 1;
  for (int processor = 0; processor < CPU_SETSIZE; processor++)
    if (CPU_ISSET(processor, &all)) realtime &= start(processor);
  for (char byte; read(STDIN_FILENO, &byte, 1) > 0;);
  int count = __atomic_load_n(&event_count, __ATOMIC_RELAXED);
  printf("%d %d\n", CPU_COUNT(&all), realtime);
  for (int i = 0; i < count && i < EVENTS_MAX; i++)
    printf("%d %lld %lld\n", events[i].processor, (long long)events[i].from_ns, (long long)events[i].to_ns);
}
