#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "error.h"

#define FDS_A_READ 16

int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* 0, or -1 where it is no Unix socket. Asks no file system. */
static int peer_uid(int fd, uid_t *uid) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
  *uid = peer.uid;
  return 0;
}

void drop_fd(int fd) {
  uid_t uid;
  if (fcntl(fd, F_GET_SEALS) >= 0 || peer_uid(fd, &uid) == 0) close(fd);
}

static int refuse(struct link *link, struct weir_error *why, const char *code, const char *path, const char *what) {
  link_close(link);
  return weir_fail(why, code, "%s: %s", path, what);
}

int link_open(struct link *link, const char *path, int must_be_own, struct weir_error *why) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  link->fd = -1;
  link->size = link->taken = 0;
  link->fd_count = 0;
  if (strlen(path) >= sizeof address.sun_path) return weir_fail(why, "SERVER_NOT_FOUND", "%s: the path is too long", path);
  strcpy(address.sun_path, path);
  link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (link->fd < 0) return weir_fail(why, "SERVER_NOT_FOUND", "no socket: %s", strerror(errno));
  if (connect(link->fd, (struct sockaddr *)&address, sizeof address) < 0) {
    return refuse(link, why, errno == EACCES ? "NOT_ALLOWED" : "SERVER_NOT_FOUND", path, strerror(errno));
  }
  uid_t uid = 0;
  if (must_be_own && (peer_uid(link->fd, &uid) < 0 || (uid != 0 && uid != geteuid()))) {
    return refuse(link, why, "SERVER_UNTRUSTED", path, "served by another user, not by you or root");
  }
  return 0;
}

void link_close(struct link *link) {
  while (link->fd_count > 0) drop_fd(link->fds[--link->fd_count]);
  if (link->fd >= 0) close(link->fd);
  link->fd = -1;
}

/* 1: ready (or broken, which the next call tells); 0: not until `deadline_ns` (-1: no limit). */
static int wait_ready(int fd, short events, int64_t deadline_ns) {
  for (;;) {
    int timeout_ms = -1;
    if (deadline_ns >= 0) {
      int64_t left_ns = deadline_ns - now_ns();
      timeout_ms = left_ns <= 0 ? 0 : (int)((left_ns + 999999) / 1000000);
    }
    struct pollfd p = {.fd = fd, .events = events};
    int ready = poll(&p, 1, timeout_ms);
    if (ready >= 0 || errno != EINTR) return ready != 0;
  }
}

static int64_t deadline(int timeout_ms) { return timeout_ms < 0 ? -1 : now_ns() + (int64_t)timeout_ms * 1000000; }

int link_send(struct link *link, const uint8_t *bytes, size_t size, int timeout_ms, struct weir_error *why) {
  uint8_t frame[LENGTH_BYTES + REQUEST_LIMIT_BYTES];
  int64_t end_ns = deadline(timeout_ms);
  for (int i = 0; i < LENGTH_BYTES; i++) frame[i] = (uint8_t)(size >> (8 * i));
  memcpy(frame + LENGTH_BYTES, bytes, size);
  for (size_t sent = 0; sent < LENGTH_BYTES + size;) {
    ssize_t n = send(link->fd, frame + sent, LENGTH_BYTES + size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      sent += (size_t)n;
    } else if (errno == EAGAIN) {
      if (!wait_ready(link->fd, POLLOUT, end_ns)) return weir_fail(why, "NO_ANSWER", "the server does not read");
    } else if (errno != EINTR) {
      return weir_fail(why, "SERVER_GONE", "the connection broke: %s", strerror(errno));
    }
  }
  return 0;
}

static int keep_fds(struct link *link, struct msghdr *m) {
  int fits = (m->msg_flags & MSG_CTRUNC) == 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      if (link->fd_count < WAITING_FDS_LIMIT) {
        link->fds[link->fd_count++] = fd;
      } else {
        drop_fd(fd);
        fits = 0;
      }
    }
  }
  return fits;
}

/* 1: something came; 0: nothing is there; -1: the end. */
static int fill(struct link *link, struct weir_error *why) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(FDS_A_READ * sizeof(int))];
  } control;
  struct iovec v = {link->bytes + link->size, sizeof link->bytes - link->size};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  ssize_t n = recvmsg(link->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (n < 0) return weir_fail(why, "SERVER_GONE", "the connection broke: %s", strerror(errno));
  int fits = keep_fds(link, &m);
  if (n == 0) return weir_fail(why, "SERVER_GONE", "the server closed the connection");
  if (!fits) return weir_fail(why, "BAD_MESSAGE", "the server sent descriptors that no message names");
  link->size += (size_t)n;
  return 1;
}

/* 1: a whole message; 0: not yet; -1: one that is too long. */
static int cut(struct link *link, const uint8_t **message, size_t *size, struct weir_error *why) {
  const uint8_t *at = link->bytes + link->taken;
  size_t waiting = link->size - link->taken;
  if (waiting < LENGTH_BYTES) return 0;
  uint32_t length = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
  if (length > MESSAGE_LIMIT_BYTES) {
    return weir_fail(why, "MESSAGE_TOO_LARGE", "the server announced a message of %u bytes", length);
  }
  if (waiting - LENGTH_BYTES < length) return 0;
  *message = at + LENGTH_BYTES;
  *size = length;
  link->taken += LENGTH_BYTES + length;
  return 1;
}

int link_receive(struct link *link, int timeout_ms, const uint8_t **message, size_t *size, struct weir_error *why) {
  int64_t end_ns = deadline(timeout_ms);
  for (;;) {
    int whole = cut(link, message, size, why);
    if (whole != 0) return whole;
    memmove(link->bytes, link->bytes + link->taken, link->size - link->taken);
    link->size -= link->taken;
    link->taken = 0;
    int filled = fill(link, why);
    if (filled < 0) return -1;
    if (filled == 0 && !wait_ready(link->fd, POLLIN, end_ns)) return 0;
  }
}

int link_take_fds(struct link *link, int *fds, int count) {
  if (link->fd_count < count) return -1;
  memcpy(fds, link->fds, (size_t)count * sizeof *fds);
  link->fd_count -= count;
  memmove(link->fds, link->fds + count, (size_t)link->fd_count * sizeof *fds);
  return 0;
}
