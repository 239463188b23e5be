/*
 * Sealing a stranger's memfd. F_ADD_SEALS waits for the inode's lock, uninterruptibly, and whoever has the descriptor can hold that
 * lock for ever. A thread that hung there would keep the whole server from ever ending, its sockets and locks with it. So a process
 * does it that shares nothing with the server but its memory (vfork), and of the descriptors keeps that one alone. The thread that
 * waits for it can be killed.
 */
#define _GNU_SOURCE
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define TICKETS 64 /* that hang at once */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

enum { FREE, BUSY, DONE };

static struct {
  pthread_mutex_t lock;
  struct {
    int state, fd, signal, result;
  } of[TICKETS];
} tickets = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* In the child: system calls alone, and no way back. */
static void seal_alone(int fd) {
  if (fd > 0 && syscall(SYS_close_range, 0U, (unsigned)fd - 1, 0U) < 0) _exit(errno);
  if (syscall(SYS_close_range, (unsigned)fd + 1, ~0U, 0U) < 0) _exit(errno);
  int done = fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_FUTURE_WRITE);
  if (done < 0 && errno == EINVAL) done = fcntl(fd, F_ADD_SEALS, SEALS); /* before Linux 5.1 */
  _exit(done < 0 ? errno : 0);
}

static int sealed_by_child(int fd) {
  int status;
  pid_t child = vfork();
  if (child == 0) seal_alone(fd);
  if (child < 0) return -errno;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static void *seal(void *which) {
  int ticket = (int)(intptr_t)which;
  int result = sealed_by_child(tickets.of[ticket].fd);
  uint64_t one = 1;
  close(tickets.of[ticket].fd); /* may be the last one, and free much memory: not under the lock */
  pthread_mutex_lock(&tickets.lock);
  tickets.of[ticket].result = result;
  tickets.of[ticket].state = DONE;
  (void)!write(tickets.of[ticket].signal, &one, sizeof one);
  pthread_mutex_unlock(&tickets.lock);
  return NULL;
}

/* No signal of the server's is for the thread, nor for the child that shares its stack. */
static int start(int ticket) {
  pthread_t thread;
  pthread_attr_t small;
  sigset_t all, before;
  sigfillset(&all);
  pthread_attr_init(&small);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&small, 64 * 1024);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int e = pthread_create(&thread, &small, seal, (void *)(intptr_t)ticket);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&small);
  return -e;
}

/* A ticket, -EAGAIN while all hang, or -errno. The descriptor stays the caller's: this has one of its own. */
int weir_seal_apart(int fd, int signal) {
  int result = -EAGAIN;
  pthread_mutex_lock(&tickets.lock);
  for (int i = 0; i < TICKETS && result == -EAGAIN; i++) {
    if (tickets.of[i].state != FREE) continue;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
      result = -errno;
      break;
    }
    tickets.of[i].fd = own;
    tickets.of[i].signal = signal;
    result = start(i);
    if (result < 0) close(own);
    else tickets.of[result = i].state = BUSY;
  }
  pthread_mutex_unlock(&tickets.lock);
  return result;
}

/* Tickets that are done, and what came of them: 0 or -errno. */
int weir_sealed(int *done, int *results, int limit) {
  int count = 0;
  pthread_mutex_lock(&tickets.lock);
  for (int i = 0; i < TICKETS && count < limit; i++) {
    if (tickets.of[i].state != DONE) continue;
    tickets.of[i].state = FREE;
    done[count] = i;
    results[count++] = tickets.of[i].result;
  }
  pthread_mutex_unlock(&tickets.lock);
  return count;
}
