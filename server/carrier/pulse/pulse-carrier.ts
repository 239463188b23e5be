import { rmSync } from 'node:fs';
import { watch } from '../../../native-shim/poll.js';
import { accept, close, listen, SysError } from '../../../native-shim/sys.js';
import { WeirError } from '../../observe/errors.js';
import { IdentityDesk } from '../../session/identity/identity-desk.js';
import { confinedPeer } from '../../session/identity/unix-peer.js';
import type { Reception } from '../../session/reception.js';
import { Crowd } from './crowd.js';
import { ACCEPT_PAUSE_MS, ACCEPTS_PER_TURN, BACKLOG } from './limits.js';
import { PulseClient } from './pulse-client.js';
import { PulseConnection } from './pulse-connection.js';
import { PulseHouse } from './pulse-house.js';

export interface PulseCarrier {
  close(): void;
}

/** Listens at `path` (with exactly `mode`) for programs that speak PulseAudio's protocol. The path is free: its lock is held. */
export function startPulseCarrier(
  path: string,
  mode: number,
  reception: Reception,
  desk = new IdentityDesk(),
): PulseCarrier | WeirError {
  const fd = listen(path, mode, BACKLOG);
  if (fd instanceof SysError) return new WeirError('RUNTIME_DIR_UNSAFE', `cannot listen at ${path}: ${fd.errno}`);
  const pulse = new PulseHouse(reception);
  const crowd = new Crowd();
  let pause: NodeJS.Timeout | undefined;
  const watching = watch(fd, { readable: true, writable: false }, () => {
    for (let i = 0; i < ACCEPTS_PER_TURN; i++) {
      const client = accept(fd);
      if (!(client instanceof SysError)) void greet(client);
      else if (client.errno === 'ECONNABORTED' || client.errno === 'EINTR') continue;
      else return client.errno === 'EAGAIN' ? undefined : rest();
    }
  });
  /** Out of descriptors or memory: whoever waits goes on waiting, and must not keep this thread spinning. */
  const rest = () => {
    watching.want({ readable: false, writable: false });
    pause = setTimeout(() => watching.want({ readable: true, writable: false }), ACCEPT_PAUSE_MS);
  };
  /** Nothing is read of somebody of whom it is not known who it is. */
  const greet = async (client: number) => {
    const place = crowd.admit(client);
    const peer = place && (await confinedPeer(client, desk));
    if (!place || !peer || peer instanceof WeirError) {
      place?.leave();
      close(client);
      return;
    }
    const connection = new PulseConnection(client, place, pulse.sleepers);
    const guest = reception.admit(peer, (number, house) => new PulseClient(number, peer, connection, pulse, house));
    if (guest instanceof WeirError) connection.close();
    else connection.begin(guest);
  };
  return {
    close: () => {
      clearTimeout(pause);
      watching.close();
      close(fd);
      pulse.close();
      // Somebody may have cleaned up before us.
      rmSync(path, { force: true });
    },
  };
}
