#define _GNU_SOURCE
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "error.h"
#include "link.h"

static void *map_checked(int fd, size_t size_bytes, int writable, struct weir_error *why) {
  struct statfs fs;
  struct stat s;
  void *at;
  if (fstatfs(fd, &fs) < 0 || fs.f_type != TMPFS_MAGIC) {
    weir_fail(why, "FD_NOT_MEMFD", "the memory is not on tmpfs (huge pages are refused)");
  } else if (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode) || size_bytes == 0 || (uint64_t)s.st_size != size_bytes) {
    weir_fail(why, "FD_WRONG_SIZE", "the memfd has not the %zu bytes that were announced", size_bytes);
  } else {
    at = mmap(NULL, size_bytes, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) return at;
    weir_fail(why, "MAPPING_FAILED", "mmap: %s", strerror(errno));
  }
  return NULL;
}

void *segment_map(int fd, size_t size_bytes, int seals, int writable, struct weir_error *why) {
  void *at = NULL;
  int has = fcntl(fd, F_GET_SEALS);
  if (has < 0) weir_fail(why, "FD_NOT_MEMFD", "the descriptor is no memfd: %s", strerror(errno));
  else if ((has & seals) != seals) weir_fail(why, "FD_UNSEALED", "the memfd has the seals %#x, not %#x", has, seals);
  else at = map_checked(fd, size_bytes, writable, why);
  drop_fd(fd);
  return at;
}
