#define _GNU_SOURCE
#include "sys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define FD_LIMIT 16      /* descriptors in one message */
#define DISCARD_LIMIT 64 /* closes that hang at once */
#define DISCARD_WAITING_LIMIT 256

static int result(int value) { return value < 0 ? -errno : value; }

/* ---- time ---- */

double weir_now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int weir_sleep_until(double ns) {
  struct timespec t = {.tv_sec = (time_t)(ns / 1e9)};
  t.tv_nsec = (long)(ns - (double)t.tv_sec * 1e9);
  return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* ---- memory ---- */

int weir_memfd(const char *name, double bytes) {
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, flags); /* before Linux 6.3 */
  if (fd < 0) return -errno;
  if (ftruncate(fd, (off_t)bytes) < 0) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}

int weir_seal(int fd, int seals) { return result(fcntl(fd, F_ADD_SEALS, seals)); }
int weir_seals(int fd) { return result(fcntl(fd, F_GET_SEALS)); }

int weir_is_tmpfs(int fd) {
  struct statfs s;
  if (fstatfs(fd, &s) < 0) return -errno;
  return s.f_type == TMPFS_MAGIC;
}

double weir_file_size(int fd) {
  struct stat s;
  if (fstat(fd, &s) < 0) return -errno;
  if (!S_ISREG(s.st_mode)) return -ENXIO;
  return (double)s.st_size;
}

static double mapped(void *p) { return p == MAP_FAILED ? (double)-errno : (double)(uintptr_t)p; }

double weir_map(int fd, double bytes, int writable) {
  return mapped(mmap(NULL, (size_t)bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0));
}

double weir_map_private(double bytes) {
  return mapped(mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

int weir_unmap(uintptr_t address, double bytes) { return result(munmap((void *)address, (size_t)bytes)); }

int weir_inotify(void) { return result(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)); }

int weir_watch_end(int inotify, int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return result(inotify_add_watch(inotify, path, IN_DELETE_SELF));
}

/* The watches whose files are gone, as many as one read brings; -EAGAIN when there is none. */
int weir_ended(int inotify, int *watches, int limit) {
  char bytes[1024] __attribute__((aligned(__alignof__(struct inotify_event))));
  ssize_t n = read(inotify, bytes, sizeof bytes);
  if (n < 0) return -errno;
  int count = 0;
  for (ssize_t at = 0; at < n;) {
    const struct inotify_event *e = (const struct inotify_event *)(bytes + at);
    if (e->mask & IN_IGNORED && count < limit) watches[count++] = e->wd;
    at += (ssize_t)(sizeof *e + e->len);
  }
  return count;
}

/* ---- sockets ---- */

static int unix_address(struct sockaddr_un *a, const char *path) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof a->sun_path) return -ENAMETOOLONG;
  strcpy(a->sun_path, path);
  return 0;
}

static int closing(int fd) {
  int e = errno;
  close(fd);
  return -e;
}

int weir_listen(const char *path, int mode, int backlog) {
  struct sockaddr_un a;
  int fd, e = unix_address(&a, path);
  if (e < 0) return e;
  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  mode_t before = umask(0777 & ~mode); /* no moment at which the socket is wider than asked */
  e = bind(fd, (struct sockaddr *)&a, sizeof a);
  umask(before);
  if (e < 0 || listen(fd, backlog) < 0) return closing(fd);
  return fd;
}

static int set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

static socklen_t tcp_address(struct sockaddr_storage *a, const char *address, int port) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)a;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;
  memset(a, 0, sizeof *a);
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    return sizeof *v4;
  }
  if (inet_pton(AF_INET6, address, &v6->sin6_addr) != 1) return 0;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons((uint16_t)port);
  return sizeof *v6;
}

/* What is set here its connections inherit: nothing waits to be sent, and who is silent for so long is gone (tcp(7)). */
int weir_listen_tcp(const char *address, int port, int backlog, int gone_ms) {
  struct sockaddr_storage a;
  socklen_t length = tcp_address(&a, address, port);
  if (length == 0) return -EINVAL;
  int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int probe_s = gone_ms > 4000 ? gone_ms / 4000 : 1;
  if (set(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0 || set(fd, IPPROTO_TCP, TCP_NODELAY, 1) < 0 ||
      set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) < 0 || set(fd, IPPROTO_TCP, TCP_KEEPIDLE, probe_s) < 0 ||
      set(fd, IPPROTO_TCP, TCP_KEEPINTVL, probe_s) < 0 || set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, gone_ms) < 0 ||
      (a.ss_family == AF_INET6 && set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) < 0))
    return closing(fd);
  if (bind(fd, (struct sockaddr *)&a, length) < 0 || listen(fd, backlog) < 0) return closing(fd);
  return fd;
}

/* Of the other end of a TCP connection, numeric; 0. */
int weir_peer_address(int fd, char *text, int length) {
  struct sockaddr_storage a;
  socklen_t n = sizeof a;
  if (getpeername(fd, (struct sockaddr *)&a, &n) < 0) return -errno;
  const void *bytes = a.ss_family == AF_INET6 ? (void *)&((struct sockaddr_in6 *)&a)->sin6_addr
                                              : (void *)&((struct sockaddr_in *)&a)->sin_addr;
  return inet_ntop(a.ss_family, bytes, text, (socklen_t)length) ? 0 : -errno;
}

int weir_accept(int fd) { return result(accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }

int weir_connect(const char *path) {
  struct sockaddr_un a;
  int fd, e = unix_address(&a, path);
  if (e < 0) return e;
  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) return closing(fd);
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) return closing(fd);
  return fd;
}

int weir_wake_pair(int *fds) {
  return result(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
}

int weir_wake(int fd) { return result((int)send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL)); }

int weir_peer(int fd, int32_t *pid_uid_gid) {
  struct ucred c;
  socklen_t n = sizeof c;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) < 0) return -errno;
  pid_uid_gid[0] = c.pid;
  pid_uid_gid[1] = (int32_t)c.uid;
  pid_uid_gid[2] = (int32_t)c.gid;
  return 0;
}

/* The process that connected, held whatever becomes of its number; -ENOPROTOOPT before Linux 6.5. */
int weir_peer_pidfd(int fd) {
  int pidfd = -1;
  socklen_t n = sizeof pidfd;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &n) < 0) return -errno;
  return pidfd;
}

int weir_send(int fd, const void *bytes, int length, const int *fds, int fd_count) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(FD_LIMIT * sizeof(int))];
  } control;
  struct iovec v = {(void *)bytes, (size_t)length};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  if (fd_count > FD_LIMIT) return -EINVAL;
  if (fd_count > 0) {
    memset(&control, 0, sizeof control);
    m.msg_control = control.room;
    m.msg_controllen = CMSG_SPACE((size_t)fd_count * sizeof(int));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN((size_t)fd_count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, (size_t)fd_count * sizeof(int));
  }
  return result((int)sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/*
 * Closing a stranger's descriptor can block for ever (a FUSE mount of its own), so threads that nobody waits for do it.
 * When all of them hang, the others' descriptors wait; when many wait, no more are received.
 */
static struct {
  pthread_mutex_t lock;
  int threads, count;
  int waiting[DISCARD_WAITING_LIMIT];
} discards = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The next one to close; -1 ends the thread that asks. */
static int next_discard(void) {
  pthread_mutex_lock(&discards.lock);
  int fd = discards.count > 0 ? discards.waiting[--discards.count] : -1;
  if (fd < 0) discards.threads--;
  pthread_mutex_unlock(&discards.lock);
  return fd;
}

static void *discard(void *first) {
  for (int fd = (int)(intptr_t)first; fd >= 0; fd = next_discard()) close(fd);
  return NULL;
}

static int start_discarding(int fd) {
  pthread_t thread;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&small, 64 * 1024);
  int e = pthread_create(&thread, &small, discard, (void *)(intptr_t)fd);
  pthread_attr_destroy(&small);
  return -e;
}

/* 0 when it is closed now or later; -EBUSY when too many wait already: it then stays open until the process ends. */
int weir_discard(int fd) {
  int result = 0;
  pthread_mutex_lock(&discards.lock);
  if (discards.threads < DISCARD_LIMIT) {
    result = start_discarding(fd);
    if (result == 0) discards.threads++;
  } else if (discards.count < DISCARD_WAITING_LIMIT) {
    discards.waiting[discards.count++] = fd;
  } else {
    result = -EBUSY;
  }
  pthread_mutex_unlock(&discards.lock);
  return result;
}

/* Room for the descriptors of whoever comes next. */
static bool can_discard(void) {
  pthread_mutex_lock(&discards.lock);
  bool room = discards.count <= DISCARD_WAITING_LIMIT / 2;
  pthread_mutex_unlock(&discards.lock);
  return room;
}

/*
 * Bytes read, 0 at the end, -errno. Descriptors beyond fd_limit are discarded; -EMSGSIZE where there were more than one
 * message may bring, or where those of others must be got rid of first.
 */
int weir_receive(int fd, void *bytes, int length, int *fds, int fd_limit, int *fd_count) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(FD_LIMIT * sizeof(int))];
  } control;
  struct iovec v = {bytes, (size_t)length};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  *fd_count = 0;
  /* Without room for them the kernel drops descriptors before they are ours, and no close of theirs is waited for. */
  if (can_discard()) {
    m.msg_control = control.room;
    m.msg_controllen = sizeof control.room;
  }
  int n = (int)recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0) return -errno;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    int count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < count; i++) {
      int got;
      memcpy(&got, CMSG_DATA(c) + (size_t)i * sizeof(int), sizeof got);
      if (*fd_count < fd_limit) fds[(*fd_count)++] = got;
      else weir_discard(got);
    }
  }
  if (m.msg_flags & MSG_CTRUNC) {
    while (*fd_count > 0) weir_discard(fds[--*fd_count]);
    return -EMSGSIZE;
  }
  return n;
}

int weir_close(int fd) { return result(close(fd)); }
int weir_eventfd(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int weir_signal(int fd) {
  uint64_t one = 1;
  return result((int)write(fd, &one, sizeof one));
}

int weir_take(int fd, void *bytes, int length) { return result((int)read(fd, bytes, (size_t)length)); }

int weir_read_at(int fd, uint8_t *into, int at, int length, double offset) {
  return length > 0 ? result((int)pread(fd, into + at, (size_t)length, (off_t)offset)) : 0;
}

int weir_poll_readable(int fd, int timeout_ms) {
  struct pollfd p = {.fd = fd, .events = POLLIN};
  return result(poll(&p, 1, timeout_ms));
}

/* A descriptor that holds the lock while it is open; -EWOULDBLOCK while another process does. */
int weir_lock(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return -errno;
  if (flock(fd, LOCK_EX | LOCK_NB) < 0) return closing(fd);
  return fd;
}

/* ---- threads ---- */

int weir_realtime(int priority) {
  struct sched_param p = {.sched_priority = priority};
  return result(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p));
}

/* The processor that this thread is on. */
int weir_processor(void) { return result(sched_getcpu()); }

/*
 * `thread` of this process runs wherever this one may, but for `processor`; -EINVAL where that leaves none, -ESRCH where it
 * has ended: its number may be a thread's of another process by now, which this call would move too.
 */
int weir_keep_off(int thread, int processor) {
  cpu_set_t set;
  if (tgkill(getpid(), thread, 0) < 0) return -errno;
  if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
  CPU_CLR((size_t)processor, &set);
  return result(sched_setaffinity(thread, sizeof set, &set));
}

int weir_not_dumpable(void) { return result(prctl(PR_SET_DUMPABLE, 0)); }
/* Ends the process without waiting for its threads. */
void weir_exit(int status) { _exit(status); }
