import { shim } from './library.js';
import { type Readiness, watch, type Watch } from './poll.js';
import { close, discard, errnoName, must, SysError } from './sys.js';

/** What one look at the set receives of a socket at most; what does not fit is left in the socket. */
export const ROOM_BYTES = 2048;
/** Sockets that one look takes; the others have the next one. */
const TAKEN_AT_ONCE = 64;

/** What a socket's owner hears. */
export interface SocketEvents {
  /** What one recvmsg(2) brought, good until the call returns: no bytes at the end. Descriptors are the owner's. */
  arrived(bytes: Uint8Array, fds: readonly number[]): void;
  failed(why: SysError): void;
  writable(): void;
}

/** A socket's place in a set. */
export interface Member {
  /** Waits for something else from now on; for neither, it rests. */
  want(interest: Readiness): void;
  /** Leaves the set. Close the descriptor only afterwards. */
  leave(): void;
}

const c = {
  make: shim.func('int weir_set()') as () => number,
  want: shim.func('int weir_set_want(int set, int fd, int key, int readable, int writable, int known)') as (
    ...numbers: number[]
  ) => number,
  take: shim.func('int weir_set_take(int set, uint8_t *rooms, int roomBytes, void *arrivals, int limit)') as (
    set: number,
    rooms: Uint8Array,
    roomBytes: number,
    arrivals: Int32Array,
    limit: number,
  ) => number,
};

/** struct arrival of c/socket_set.c, in words. */
const ARRIVAL = { key: 0, writable: 1, length: 2, fdCount: 3, fds: 4 } as const;
const ARRIVAL_WORDS = 8;
const NO_FDS: readonly number[] = [];

/**
 * Many sockets that are asked at once: one call finds those that are ready and receives what came by them, where a watch for each
 * (poll.ts) would cost a call into JavaScript and one out of it a socket. Its one descriptor is watched by this thread's event loop.
 */
export class SocketSet {
  readonly #set = must(created());
  readonly #members = new Map<number, SocketEvents>();
  readonly #rooms = new Uint8Array(TAKEN_AT_ONCE * ROOM_BYTES);
  readonly #arrivals = new Int32Array(TAKEN_AT_ONCE * ARRIVAL_WORDS);
  readonly #watch: Watch = watch(this.#set, { readable: true, writable: false }, () => this.#take());
  /** Never used again, unlike descriptors: what had come for one that left is nobody else's. */
  #nextKey = 1;

  /** `fd` is non-blocking and closed by its owner, once it has left. */
  join(fd: number, interest: Readiness, events: SocketEvents): Member {
    const key = this.#nextKey++;
    let known = false;
    const want = ({ readable, writable }: Readiness): void => {
      const wanted = readable || writable;
      if (!wanted && !known) return;
      const done = c.want(this.#set, fd, key, Number(readable), Number(writable), Number(known));
      known = wanted && done >= 0;
      // Out of watches or memory (epoll_ctl(2)): its owner hears of it as of any failure, and not in the middle of this call.
      if (done < 0) setImmediate(() => this.#members.get(key)?.failed(new SysError('epoll_ctl', errnoName(-done))));
    };
    this.#members.set(key, events);
    want(interest);
    return {
      want,
      leave: () => {
        if (this.#members.delete(key)) want({ readable: false, writable: false });
      },
    };
  }

  close(): void {
    this.#watch.close();
    close(this.#set);
  }

  #take(): void {
    const count = c.take(this.#set, this.#rooms, ROOM_BYTES, this.#arrivals, TAKEN_AT_ONCE);
    for (let index = 0; index < count; index++) this.#tell(index);
  }

  #tell(index: number): void {
    const at = index * ARRIVAL_WORDS;
    const words = this.#arrivals;
    const key = words[at + ARRIVAL.key] ?? 0;
    const length = words[at + ARRIVAL.length] ?? 0;
    const fds = words[at + ARRIVAL.fdCount] === 0 ? NO_FDS : this.#fdsAt(at);
    let events = this.#members.get(key);
    if (words[at + ARRIVAL.writable] !== 0) {
      events?.writable();
      events = this.#members.get(key);
    }
    if (!events) {
      // What its owner, or another one, did meanwhile ended it.
      for (const fd of fds) discard(fd);
    } else if (length >= 0) {
      events.arrived(this.#rooms.subarray(index * ROOM_BYTES, index * ROOM_BYTES + length), fds);
    } else {
      const errno = errnoName(-length);
      if (errno !== 'EAGAIN' && errno !== 'EINTR') events.failed(new SysError('recvmsg', errno));
    }
  }

  #fdsAt(at: number): number[] {
    const first = at + ARRIVAL.fds;
    return Array.from(this.#arrivals.subarray(first, first + (this.#arrivals[at + ARRIVAL.fdCount] ?? 0)));
  }
}

function created(): number | SysError {
  const set = c.make();
  return set < 0 ? new SysError('epoll_create1', errnoName(-set)) : set;
}
