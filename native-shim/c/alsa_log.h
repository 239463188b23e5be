/*
 * What libasound would print to stderr. Of the many lines of one failure the first names the cause; it is kept for
 * the thread that failed.
 */
#ifndef WEIR_ALSA_LOG_H
#define WEIR_ALSA_LOG_H

#include "sys.h"

/* A snd_lib_error_handler_t. */
WEIR_API void weir_alsa_log(const char *file, int line, const char *function, int error, const char *format, ...);
/* The first message since `forget`; empty where there was none. */
WEIR_API const char *weir_alsa_said(void);
WEIR_API void weir_alsa_forget(void);

#endif
