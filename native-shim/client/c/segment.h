#ifndef WEIR_SEGMENT_H
#define WEIR_SEGMENT_H

#include "weir.h"

/* Maps a sealed memfd of the server's and closes the descriptor. The order of the checks matters: F_GET_SEALS answers for
 * memfds alone and asks no file system, so what fails it is neither stat'ed nor closed; a sealed memfd on hugetlbfs would
 * fault when touched, so tmpfs only. NULL, and why, where it is not exactly what was announced. */
void *segment_map(int fd, size_t size_bytes, int seals, int writable, struct weir_error *why);

#endif
