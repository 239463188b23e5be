import { watch } from '../../native-shim/poll.js';
import { accept, close, SysError } from '../../native-shim/sys.js';
import { ACCEPT_PAUSE_MS, ACCEPTS_PER_TURN } from './limits.js';

export interface Door {
  close(): void;
}

/** Accepts whoever comes to the listening socket `fd`, which is the door's from here on; `greet` owns each connection. */
export function openDoor(fd: number, greet: (client: number) => void): Door {
  let pause: NodeJS.Timeout | undefined;
  const watching = watch(fd, { readable: true, writable: false }, () => {
    for (let i = 0; i < ACCEPTS_PER_TURN; i++) {
      const client = accept(fd);
      if (!(client instanceof SysError)) greet(client);
      else if (client.errno === 'ECONNABORTED' || client.errno === 'EINTR') continue;
      else return client.errno === 'EAGAIN' ? undefined : rest();
    }
  });
  /** Out of descriptors or memory: whoever waits goes on waiting, and must not keep this thread spinning. */
  const rest = () => {
    watching.want({ readable: false, writable: false });
    pause = setTimeout(() => watching.want({ readable: true, writable: false }), ACCEPT_PAUSE_MS);
  };
  return {
    close: () => {
      clearTimeout(pause);
      watching.close();
      close(fd);
    },
  };
}
