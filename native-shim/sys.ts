import koffi from 'koffi';
import { type Address, shim } from './library.js';

/** A system call that failed: `name` of the call and errno's own name. Returned, not thrown; callers narrow with `instanceof`. */
export class SysError extends Error {
  constructor(
    readonly call: string,
    readonly errno: string,
  ) {
    super(`${call}: ${errno}`);
  }
}

export type Sys<T> = T | SysError;

/** Second names of the same numbers; ours are the first ones, as errno(3) has them. */
const ALIASES = ['EWOULDBLOCK', 'EOPNOTSUPP', 'EDEADLOCK'];
const errnoNames = new Map(
  Object.entries(koffi.os.errno)
    .filter(([name]) => !ALIASES.includes(name))
    .map(([name, value]) => [value, name]),
);

export const errnoName = (value: number): string => errnoNames.get(value) ?? `errno ${value}`;

function outcome(call: string, value: number): Sys<number> {
  return value < 0 ? new SysError(call, errnoName(-value)) : value;
}

function addressed(call: string, value: number): Sys<Address> {
  return value < 0 ? new SysError(call, errnoName(-value)) : BigInt(value);
}

/** Unwraps what can only fail by a bug or an exhausted machine. */
export function must<T>(value: Sys<T>): T {
  if (value instanceof SysError) throw value;
  return value;
}

/** All of them answer with a number: a value, or -errno. */
const call = (prototype: string): ((...args: unknown[]) => number) => shim.func(prototype);

const c = {
  now: call('double weir_now_ns()'),
  sleepUntil: call('int weir_sleep_until(double ns)'),
  memfd: call('int weir_memfd(const char *name, double bytes)'),
  seal: call('int weir_seal(int fd, int seals)'),
  seals: call('int weir_seals(int fd)'),
  isTmpfs: call('int weir_is_tmpfs(int fd)'),
  fileSize: call('double weir_file_size(int fd)'),
  map: call('double weir_map(int fd, double bytes, int writable)'),
  mapPrivate: call('double weir_map_private(double bytes)'),
  unmap: call('int weir_unmap(uintptr_t address, double bytes)'),
  inotify: call('int weir_inotify()'),
  watchEnd: call('int weir_watch_end(int inotify, int fd)'),
  ended: call('int weir_ended(int inotify, int *watches, int limit)'),
  listen: call('int weir_listen(const char *path, int mode, int backlog)'),
  listenTcp: call('int weir_listen_tcp(const char *address, int port, int backlog, int goneMs)'),
  peerAddress: call('int weir_peer_address(int fd, void *text, int length)'),
  accept: call('int weir_accept(int fd)'),
  connect: call('int weir_connect(const char *path)'),
  wakePair: call('int weir_wake_pair(int *fds)'),
  wake: call('int weir_wake(int fd)'),
  peer: call('int weir_peer(int fd, int *pidUidGid)'),
  peerPidfd: call('int weir_peer_pidfd(int fd)'),
  send: call('int weir_send(int fd, const void *bytes, int length, const int *fds, int fdCount)'),
  receive: call('int weir_receive(int fd, void *bytes, int length, int *fds, int fdLimit, int *fdCount)'),
  close: call('int weir_close(int fd)'),
  discard: call('int weir_discard(int fd)'),
  eventfd: call('int weir_eventfd()'),
  signal: call('int weir_signal(int fd)'),
  take: call('int weir_take(int fd, void *bytes, int length)'),
  readAt: call('int weir_read_at(int fd, uint8_t *into, int at, int length, double offset)'),
  pollReadable: call('int weir_poll_readable(int fd, int timeoutMs)'),
  lock: call('int weir_lock(const char *path)'),
  realtime: call('int weir_realtime(int priority)'),
  notDumpable: call('int weir_not_dumpable()'),
  exit: call('void weir_exit(int status)'),
};

/** fcntl(2) F_ADD_SEALS bits. */
export const SEAL = { SEAL: 1, SHRINK: 2, GROW: 4, WRITE: 8, FUTURE_WRITE: 16 } as const;

/** CLOCK_MONOTONIC, in ns: exact to 2^53, which is 104 days of uptime at 1 ns and far longer at the µs we use. */
export const nowNs: () => number = c.now;
/** Blocks this thread until CLOCK_MONOTONIC reaches `ns` (clock_nanosleep(2), absolute). */
export const sleepUntilNs: (ns: number) => number = c.sleepUntil;

/** A new sealable memfd of `bytes` zeroes, close-on-exec and never executable. */
export const memfd = (name: string, bytes: number): Sys<number> => outcome('memfd_create', c.memfd(name, bytes));
export const addSeals = (fd: number, seals: number): Sys<number> => outcome('F_ADD_SEALS', c.seal(fd, seals));
export const getSeals = (fd: number): Sys<number> => outcome('F_GET_SEALS', c.seals(fd));
export const isTmpfs = (fd: number): Sys<number> => outcome('fstatfs', c.isTmpfs(fd));
/** Size of a regular file in bytes; anything else is ENXIO. */
export const fileSize = (fd: number): Sys<number> => outcome('fstat', c.fileSize(fd));
export const map = (fd: number, bytes: number, writable: boolean): Sys<Address> =>
  addressed('mmap', c.map(fd, bytes, writable ? 1 : 0));
/** Zeroed memory of our own that no other process sees. */
export const mapPrivate = (bytes: number): Sys<Address> => addressed('mmap', c.mapPrivate(bytes));
export const unmap = (address: Address, bytes: number): Sys<number> => outcome('munmap', c.unmap(address, bytes));

/** A non-blocking inotify(7) descriptor. */
export const inotify = (): Sys<number> => outcome('inotify_init1', c.inotify());
/** Watches for the end of an unlinked file, a memfd for one: when no process holds a descriptor or a mapping of it. The watch's number. */
export const watchEnd = (inotifyFd: number, fd: number): Sys<number> =>
  outcome('inotify_add_watch', c.watchEnd(inotifyFd, fd));

const endedWatches = new Int32Array(64);

/** The watches whose files are gone, as many as one read brings: empty when there is none. */
export function takeEnded(inotifyFd: number): number[] {
  const count = c.ended(inotifyFd, endedWatches, endedWatches.length);
  return Array.from(endedWatches.subarray(0, Math.max(0, count)));
}

/** A listening Unix stream socket at `path` with exactly `mode`. */
export const listen = (path: string, mode: number, backlog: number): Sys<number> =>
  outcome('bind', c.listen(path, mode, backlog));
/**
 * A listening TCP socket at a numeric address; [::] means IPv4 too. What it accepts is sent at once, and ends with ETIMEDOUT where the
 * other machine has not answered for `goneMs`.
 */
export const listenTcp = (address: string, port: number, backlog: number, goneMs: number): Sys<number> =>
  outcome('bind', c.listenTcp(address, port, backlog, goneMs));
export const accept = (fd: number): Sys<number> => outcome('accept4', c.accept(fd));
/** A connected, non-blocking Unix stream socket. */
export const connect = (path: string): Sys<number> => outcome('connect', c.connect(path));

/** Two ends of a SEQPACKET pair for one-byte wake-ups: ours, theirs. */
export function wakePair(): Sys<[ours: number, theirs: number]> {
  const fds = new Int32Array(2);
  const done = outcome('socketpair', c.wakePair(fds));
  return done instanceof SysError ? done : [fds[0] ?? -1, fds[1] ?? -1];
}
/** One byte, never blocking; 1 or -errno (a full or closed socket is the peer's own business). */
export const wake: (fd: number) => number = c.wake;

export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

/** SO_PEERCRED: who connected, as the kernel saw it then (unix(7)). */
export function peerOf(fd: number): Sys<PeerCredentials> {
  const out = new Int32Array(3);
  const done = outcome('SO_PEERCRED', c.peer(fd, out));
  if (done instanceof SysError) return done;
  return { pid: out[0] ?? 0, uid: (out[1] ?? -1) >>> 0, gid: (out[2] ?? -1) >>> 0 };
}

/** INET6_ADDRSTRLEN, and more. */
const addressText = Buffer.alloc(64);

/** Of the other end of a TCP connection, numeric, without a zone. */
export function peerAddress(fd: number): Sys<string> {
  const done = outcome('getpeername', c.peerAddress(fd, addressText, addressText.length));
  return done instanceof SysError ? done : addressText.toString('latin1', 0, addressText.indexOf(0));
}

/** SO_PEERPIDFD: the process that connected, held by a descriptor that is readable once it has ended; ENOPROTOOPT before Linux 6.5. */
export const peerPidfd = (fd: number): Sys<number> => outcome('SO_PEERPIDFD', c.peerPidfd(fd));

const NO_FDS = new Int32Array(0);

/** Sends without blocking; bytes taken by the kernel. Descriptors go with the first byte. */
export function send(fd: number, bytes: Uint8Array, fds: readonly number[] = []): Sys<number> {
  const numbers = fds.length === 0 ? NO_FDS : Int32Array.from(fds);
  return outcome('sendmsg', c.send(fd, bytes, bytes.length, numbers, fds.length));
}

const NONE: readonly number[] = [];
const receivedFds = new Int32Array(16);
const receivedCount = new Int32Array(1);

/** Reads without blocking: bytes read (0 at the end) and the descriptors that came with them (at most `fdLimit`, the rest closed). */
export function receive(
  fd: number,
  into: Uint8Array,
  fdLimit: number,
): Sys<{ length: number; fds: readonly number[] }> {
  const limit = Math.min(fdLimit, receivedFds.length);
  const length = outcome('recvmsg', c.receive(fd, into, into.length, receivedFds, limit, receivedCount));
  if (length instanceof SysError) return length;
  return { length, fds: receivedCount[0] === 0 ? NONE : Array.from(receivedFds.subarray(0, receivedCount[0])) };
}

export const close = (fd: number): Sys<number> => outcome('close', c.close(fd));
/** Closes a stranger's descriptor on a thread that may block for ever; never fstat or close such a one here. */
export const discard = (fd: number): Sys<number> => outcome('close', c.discard(fd));
export const eventfd = (): Sys<number> => outcome('eventfd', c.eventfd());
/** Adds one to an eventfd. */
export const signal: (fd: number) => number = c.signal;
/** read(2) without ceremony: empties an eventfd or a wake-up socket. */
export const take: (fd: number, into: Uint8Array, length: number) => number = c.take;
/** pread(2) of `length` bytes from `offset` of a file on to `at` of `into`, which has room for them: how many there were, or -errno. */
export const readAt: (fd: number, into: Uint8Array, at: number, length: number, offset: number) => number = c.readAt;
/** Waits for `fd` to be readable, at most `timeoutMs`; 1, 0 or -errno. Blocks this thread. */
export const pollReadable: (fd: number, timeoutMs: number) => number = c.pollReadable;
/** A descriptor that holds flock(2) on `path`; EAGAIN while another process does. */
export const lockFile = (path: string): Sys<number> => outcome('flock', c.lock(path));

/** SCHED_FIFO|RESET_ON_FORK for this thread (sched(7)); EPERM without RLIMIT_RTPRIO or CAP_SYS_NICE. */
export const realtime = (priority: number): Sys<number> => outcome('sched_setscheduler', c.realtime(priority));
/** Keeps other processes of this user out of our memory (prctl(2) PR_SET_DUMPABLE). */
export const notDumpable = (): Sys<number> => outcome('prctl', c.notDumpable());
/** Ends the process at once, whatever its threads hang in (_exit(2)). */
export const exitNow = (status: number): void => void c.exit(status);
