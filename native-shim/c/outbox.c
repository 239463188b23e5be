#define _GNU_SOURCE
#include "sys.h"

#include <sys/socket.h>

/* One message of several: an array of int32 on the other side (outbox.ts). */
struct letter {
  int32_t fd, length;
  int32_t sent; /* bytes; -1 where it was none of them */
};

/* Sends messages that lie back to back in `bytes`, each to its own socket, without blocking. */
void weir_send_each(const uint8_t *bytes, struct letter *letters, int count) {
  for (struct letter *l = letters; l < letters + count; bytes += l->length, l++) {
    l->sent = (int32_t)send(l->fd, bytes, (size_t)l->length, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}
