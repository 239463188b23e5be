/* Preloaded into a process: counts the bytes that it copies, by memcpy and memmove or through sockets and files, in the
 * file that COUNT_COPIES names (two u64: memory, system calls). Shorter copies than 512 bytes are words and
 * objects, not the sound of a period of 20 ms streams. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define SOUND_BYTES 512

static uint64_t unused[2], *counts = unused;
static void *(*real_memmove)(void *, const void *, size_t);
static ssize_t (*real_read)(int, void *, size_t), (*real_write)(int, const void *, size_t);
static ssize_t (*real_send)(int, const void *, size_t, int), (*real_recv)(int, void *, size_t, int);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int), (*real_recvmsg)(int, struct msghdr *, int);

__attribute__((constructor)) static void start(void) {
  real_read = dlsym(RTLD_NEXT, "read");
  real_write = dlsym(RTLD_NEXT, "write");
  real_send = dlsym(RTLD_NEXT, "send");
  real_recv = dlsym(RTLD_NEXT, "recv");
  real_sendmsg = dlsym(RTLD_NEXT, "sendmsg");
  real_recvmsg = dlsym(RTLD_NEXT, "recvmsg");
  const char *path = getenv("COUNT_COPIES");
  int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && ftruncate(fd, sizeof unused) == 0) {
    void *at = mmap(NULL, sizeof unused, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) counts = at;
  }
  if (fd >= 0) close(fd);
  real_memmove = dlsym(RTLD_NEXT, "memmove");
}

static void add(int which, size_t bytes) {
  if (bytes >= SOUND_BYTES) __atomic_fetch_add(&counts[which], bytes, __ATOMIC_RELAXED);
}

static ssize_t moved(ssize_t bytes) {
  if (bytes > 0) add(1, (size_t)bytes);
  return bytes;
}

/* Until the constructor has run, byte by byte: finding the real one copies too. */
static void *copy(void *to, const void *from, size_t size) {
  if (real_memmove != NULL) return real_memmove(to, from, size);
  unsigned char *d = to;
  const unsigned char *s = from;
  if (d < s) for (size_t i = 0; i < size; i++) d[i] = s[i];
  else while (size-- > 0) d[size] = s[size];
  return to;
}

void *memcpy(void *to, const void *from, size_t size) {
  add(0, size);
  return copy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size) {
  add(0, size);
  return copy(to, from, size);
}

ssize_t read(int fd, void *at, size_t size) { return moved(real_read(fd, at, size)); }
ssize_t write(int fd, const void *at, size_t size) { return moved(real_write(fd, at, size)); }
ssize_t send(int fd, const void *at, size_t size, int flags) { return moved(real_send(fd, at, size, flags)); }
ssize_t recv(int fd, void *at, size_t size, int flags) { return moved(real_recv(fd, at, size, flags)); }
ssize_t sendmsg(int fd, const struct msghdr *m, int flags) { return moved(real_sendmsg(fd, m, flags)); }
ssize_t recvmsg(int fd, struct msghdr *m, int flags) { return moved(real_recvmsg(fd, m, flags)); }
