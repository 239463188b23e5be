/*
 * Seals memory that strangers sent to the server: a process of its own, for whose children nobody waits.
 *
 * F_ADD_SEALS waits for the inode's lock, uninterruptibly, and whoever has the descriptor can hold that lock for ever. A thread of the
 * server's that hung there would keep the server from ever ending, with its sockets and devices; a process forked from it would inherit
 * descriptors of other strangers, which even to close can take for ever. This one was started before there were strangers, and is only
 * handed memfds.
 *
 * Orders come on descriptor 3 (SEQPACKET): a u32 ticket and one descriptor. Answers go back: the ticket, and 0 or errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define ORDERS 3
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

/* The descriptor that came with the next order; -1 when there will be none. */
static int next_order(uint32_t *ticket) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec v = {ticket, sizeof *ticket};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  int fd = -1;
  ssize_t n;
  while ((n = recvmsg(ORDERS, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {}
  struct cmsghdr *c = n == (ssize_t)sizeof *ticket ? CMSG_FIRSTHDR(&m) : NULL;
  if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(c), sizeof fd);
  return fd;
}

static void answer(uint32_t ticket, int error) {
  uint32_t words[2] = {ticket, (uint32_t)error};
  (void)!send(ORDERS, words, sizeof words, MSG_NOSIGNAL);
}

static int seal(int fd) {
  int done = fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_FUTURE_WRITE);
  if (done < 0 && errno == EINVAL) done = fcntl(fd, F_ADD_SEALS, SEALS); /* before Linux 5.1 */
  return done < 0 ? errno : 0;
}

int main(void) {
  uint32_t ticket;
  int fd;
  signal(SIGCHLD, SIG_IGN); /* nobody asks what became of a child */
  signal(SIGINT, SIG_IGN);  /* it ends with the server, not before it */
  fcntl(ORDERS, F_SETFL, 0);
  while ((fd = next_order(&ticket)) >= 0) {
    pid_t child = fork();
    if (child < 0) answer(ticket, errno);
    if (child == 0) {
      answer(ticket, seal(fd));
      _exit(0);
    }
    close(fd);
  }
  return 0;
}
