import { type Watch, watch } from '../../native-shim/poll.js';
import { close, inotify, type Sys, SysError, takeEnded, watchEnd } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import { KEPT_BYTES_LIMIT } from './limits.js';

interface Kept {
  readonly uid: number;
  readonly sizeBytes: number;
}

/**
 * Segments that the server has let go of and that some process may hold on to: they stay charged to the user they were
 * handed to until the kernel says that nobody has a descriptor or a mapping of them. That word is exact, costs nothing
 * meanwhile, and survives forks and descriptors passed on. (Emptying the pages with MADV_REMOVE instead waits for the inode's
 * lock, which whoever has the descriptor can hold for ever: a write(2) from a page that never arrives.)
 */
export class KeptMemory {
  readonly #inotifyFd = inotify();
  readonly #kept = new Map<number, Kept>();
  readonly #bytesOfUid = new Map<number, number>();
  readonly #watch: Watch | undefined;

  constructor() {
    const fd = this.#inotifyFd;
    if (fd instanceof SysError) return;
    this.#watch = watch(fd, { readable: true, writable: false }, () => {
      this.#listen();
    });
    this.#watch.unref();
  }

  /** Begins to watch a segment, before its descriptor leaves the server. Fails at fs.inotify.max_user_watches or max_user_instances. */
  watch(fd: number): Sys<number> {
    return this.#inotifyFd instanceof SysError ? this.#inotifyFd : watchEnd(this.#inotifyFd, fd);
  }

  /** The server's own mapping is gone; from now on these bytes are what `uid` keeps. */
  keep(watched: number, uid: number, sizeBytes: number): void {
    this.#kept.set(watched, { uid, sizeBytes });
    this.#bytesOfUid.set(uid, this.bytesOf(uid) + sizeBytes);
  }

  bytesOf(uid: number): number {
    return this.#bytesOfUid.get(uid) ?? 0;
  }

  /** Why this user gets no more shared memory for now. Copies still work: a user's other programs are not silenced. */
  refusal(uid: number): WeirError | undefined {
    if (this.bytesOf(uid) <= KEPT_BYTES_LIMIT) return undefined;
    this.#listen(); // the news may be waiting: many streams ended within this turn of the loop
    const bytes = this.bytesOf(uid);
    if (bytes <= KEPT_BYTES_LIMIT) return undefined;
    const what = `programs of user ${uid} keep ${bytes} bytes of streams that have ended; ${KEPT_BYTES_LIMIT} is the most`;
    return new WeirError('SHARED_MEMORY_UNAVAILABLE', what);
  }

  close(): void {
    this.#watch?.close();
    if (!(this.#inotifyFd instanceof SysError)) close(this.#inotifyFd);
  }

  #listen(): void {
    if (this.#inotifyFd instanceof SysError) return;
    for (let ended; (ended = takeEnded(this.#inotifyFd)).length > 0;)
      for (const watched of ended) this.#forget(watched);
  }

  #forget(watched: number): void {
    const kept = this.#kept.get(watched);
    if (!kept) return;
    this.#kept.delete(watched);
    const rest = this.bytesOf(kept.uid) - kept.sizeBytes;
    if (rest > 0) this.#bytesOfUid.set(kept.uid, rest);
    else this.#bytesOfUid.delete(kept.uid);
  }
}
