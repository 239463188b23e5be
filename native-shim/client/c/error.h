#ifndef WEIR_ERROR_H
#define WEIR_ERROR_H

#include "weir.h"

/* Says why, where somebody wants to know; always -1, so that a failure is one line. */
int weir_fail(struct weir_error *why, const char *code, const char *what, ...) __attribute__((format(printf, 3, 4)));

#endif
