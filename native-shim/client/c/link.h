/* The Unix socket to the server: whole messages (u32 length, little endian, then protobuf) and the descriptors with them. */
#ifndef WEIR_LINK_H
#define WEIR_LINK_H

#include "weir.h"

#define MESSAGE_LIMIT_BYTES 65536 /* the longest that is accepted; such a client is never sent a tenth of it */
#define REQUEST_LIMIT_BYTES 2048
#define WAITING_FDS_LIMIT 6 /* descriptors that no message has named yet: those of two rings */
#define LENGTH_BYTES 4

struct link {
  int fd;
  uint8_t bytes[LENGTH_BYTES + MESSAGE_LIMIT_BYTES];
  size_t size, taken; /* received; given out as messages */
  int fds[WAITING_FDS_LIMIT];
  int fd_count;
};

int link_open(struct link *link, const char *path, int must_be_own, struct weir_error *why);
void link_close(struct link *link);

/* Sends one message; waits up to `timeout_ms` for a server that does not read. */
int link_send(struct link *link, const uint8_t *bytes, size_t size, int timeout_ms, struct weir_error *why);

/* The next message, which lives until the next call. 1; 0: none within `timeout_ms` (-1: no limit); -1: the end. */
int link_receive(struct link *link, int timeout_ms, const uint8_t **message, size_t *size, struct weir_error *why);

/* The first `count` waiting descriptors, the caller's from here on; 0, or -1 where there are not so many. */
int link_take_fds(struct link *link, int *fds, int count);

/* Closes a descriptor that a stranger may have sent, if that cannot hang: closing a file of a FUSE mount can block for
 * ever, so whatever is neither a memfd nor a Unix socket stays open until this process ends. */
void drop_fd(int fd);

int64_t now_ns(void); /* CLOCK_MONOTONIC */

#endif
