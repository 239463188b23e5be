#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int weir_fail(struct weir_error *why, const char *code, const char *what, ...) {
  if (why == NULL) return -1;
  va_list values;
  va_start(values, what);
  snprintf(why->code, sizeof why->code, "%s", code);
  vsnprintf(why->what, sizeof why->what, what, values);
  va_end(values);
  return -1;
}
