/* System calls as Node needs them: no callbacks, no struct crosses the border, a failure is -errno. */
#ifndef WEIR_SYS_H
#define WEIR_SYS_H

#include <stddef.h>
#include <stdint.h>

#define WEIR_API __attribute__((visibility("default")))

WEIR_API double weir_now_ns(void);
WEIR_API int weir_sleep_until(double ns);

WEIR_API int weir_memfd(const char *name, double bytes);
WEIR_API int weir_seal(int fd, int seals);
WEIR_API int weir_seals(int fd);
WEIR_API int weir_is_tmpfs(int fd);
WEIR_API double weir_file_size(int fd);
WEIR_API double weir_map(int fd, double bytes, int writable);
WEIR_API double weir_map_private(double bytes);
WEIR_API int weir_unmap(uintptr_t address, double bytes);
WEIR_API int weir_inotify(void);
WEIR_API int weir_watch_end(int inotify, int fd);
WEIR_API int weir_ended(int inotify, int *watches, int limit);

WEIR_API int weir_listen(const char *path, int mode, int backlog);
WEIR_API int weir_listen_tcp(const char *address, int port, int backlog, int gone_ms);
WEIR_API int weir_peer_address(int fd, char *text, int length);
WEIR_API int weir_accept(int fd);
WEIR_API int weir_connect(const char *path);
WEIR_API int weir_wake_pair(int *fds);
WEIR_API int weir_wake(int fd);
WEIR_API int weir_peer(int fd, int32_t *pid_uid_gid);
WEIR_API int weir_peer_pidfd(int fd);
WEIR_API int weir_send(int fd, const void *bytes, int length, const int *fds, int fd_count);
WEIR_API int weir_receive(int fd, void *bytes, int length, int *fds, int fd_limit, int *fd_count);
WEIR_API int weir_close(int fd);
WEIR_API int weir_discard(int fd);
WEIR_API int weir_eventfd(void);
WEIR_API int weir_signal(int fd);
WEIR_API int weir_take(int fd, void *bytes, int length);
WEIR_API int weir_read_at(int fd, uint8_t *into, int at, int length, double offset);
WEIR_API int weir_poll_readable(int fd, int timeout_ms);
WEIR_API int weir_lock(const char *path);

struct arrival;
WEIR_API int weir_set(void);
WEIR_API int weir_set_want(int set, int fd, int key, int readable, int writable, int known);
WEIR_API int weir_set_take(int set, uint8_t *rooms, int room_bytes, struct arrival *arrivals, int limit);

struct letter;
WEIR_API void weir_send_each(const uint8_t *bytes, struct letter *letters, int count);

WEIR_API int weir_realtime(int priority);
WEIR_API int weir_processor(void);
WEIR_API int weir_keep_off(int thread, int processor);
WEIR_API int weir_not_dumpable(void);
WEIR_API void weir_exit(int status);

#endif
