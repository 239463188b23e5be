#define _GNU_SOURCE
#include "sys.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>

#define READY_LIMIT 64 /* sockets that one call looks after */

/* What one socket has: an array of int32 on the other side (socket-set.ts). */
struct arrival {
  int32_t key, writable;
  int32_t length; /* bytes that came, 0 at the end, -errno; -EAGAIN where it was not read */
  int32_t fd_count, fds[4];
};

int weir_set(void) {
  int set = epoll_create1(EPOLL_CLOEXEC);
  return set < 0 ? -errno : set;
}

/*
 * From now on waits for `fd` to be readable or writable; for neither, `fd` leaves the set (epoll_ctl(2) would go on telling
 * of a hang-up). `known`: it is in the set.
 */
int weir_set_want(int set, int fd, int key, int readable, int writable, int known) {
  struct epoll_event event = {.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0)};
  event.data.u64 = (uint64_t)(uint32_t)key << 32 | (uint64_t)(readable != 0) << 31 | (uint32_t)fd;
  int operation = event.events == 0 ? EPOLL_CTL_DEL : known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  return epoll_ctl(set, operation, fd, &event) < 0 ? -errno : 0;
}

/*
 * Looks once who is ready, without waiting, and receives of each that is waited for what fits into its own `room_bytes` of
 * `rooms`. How many there are, at most `limit`; level-triggered: who is left over is ready the next time too.
 */
int weir_set_take(int set, uint8_t *rooms, int room_bytes, struct arrival *arrivals, int limit) {
  struct epoll_event events[READY_LIMIT];
  int count = epoll_wait(set, events, limit < READY_LIMIT ? limit : READY_LIMIT, 0);
  if (count < 0) return -errno;
  for (int i = 0; i < count; i++) {
    struct arrival *a = &arrivals[i];
    uint64_t data = events[i].data.u64;
    bool reads = data >> 31 & 1;
    /* A hang-up or an error is met by whichever call is made next. */
    bool ended = events[i].events & (EPOLLHUP | EPOLLERR);
    *a = (struct arrival){.key = (int32_t)(data >> 32), .length = -EAGAIN};
    a->writable = events[i].events & EPOLLOUT || (ended && !reads);
    if (!reads || !(events[i].events & EPOLLIN || ended)) continue;
    int fd = (int)(data & 0x7fffffff);
    a->length = weir_receive(fd, rooms + (size_t)i * (size_t)room_bytes, room_bytes, a->fds, 4, &a->fd_count);
  }
  return count;
}
