import koffi from 'koffi';

/** What is waited for, or what has come. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface Watch {
  /** Waits for something else from now on; for neither, it rests. */
  want(interest: Readiness): void;
  /** Ends the watch. Close the descriptor only afterwards. Closing twice is harmless. */
  close(): void;
  /** The watch alone does not keep the process running. */
  unref(): void;
}

type PollHandle = ReturnType<typeof koffi.node.poll>;

/** A handle that nobody refers to stops silently after the next garbage collection. */
const live = new Set<PollHandle>();

function isReadiness(events: unknown): events is Readiness {
  return typeof events === 'object' && events !== null && 'readable' in events && 'writable' in events;
}

/**
 * Calls `callback` on this thread's event loop while `fd` is ready, level-triggered (libuv's uv_poll; a hang-up counts as
 * what was asked for). `fd` must be non-blocking and watched nowhere else. An error on the descriptor is told as
 * readiness, so that the next read or write meets it. What `callback` throws is an uncaught exception, as from a timer.
 * Not for a worker thread that others may end: what comes ready while it ends is told to JavaScript that may not run any
 * more, and koffi then ends the process.
 */
export function watch(fd: number, interest: Readiness, callback: (ready: Readiness) => void): Watch {
  let wanted = interest;
  let handle: PollHandle | undefined;
  let resting = true;
  // koffi's typings say (events); what really comes is libuv's status, negative for an error, and then the events.
  const listener = (...[status, events]: unknown[]): void => {
    // An exception must not cross koffi: it would stay pending and surface in somebody else's call.
    try {
      if (handle === undefined || resting) return;
      callback(status === 0 && isReadiness(events) ? events : wanted);
      // libuv ends a watch at the first error; whoever has not read up to that error yet is to be called again.
      if (status !== 0) want(wanted);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };

  handle = koffi.node.poll(fd, { ...interest }, listener);
  live.add(handle);
  const want = (next: Readiness): void => {
    if (handle === undefined) return;
    wanted = next;
    resting = !next.readable && !next.writable;
    if (resting) handle.stop();
    else handle.start({ ...next }, listener);
  };
  want(interest);
  return {
    want,
    close() {
      if (handle === undefined) return;
      handle.close();
      live.delete(handle);
      handle = undefined;
    },
    unref: () => handle?.unref(),
  };
}
