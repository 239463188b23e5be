import { rmSync } from 'node:fs';
import { weir } from '#proto';
import { close, listen, SysError } from '../../../native-shim/sys.js';
import { WeirError } from '../../observe/errors.js';
import { IdentityDesk } from '../../session/identity/identity-desk.js';
import { unixPeer } from '../../session/identity/unix-peer.js';
import type { Reception } from '../../session/port.js';
import { openDoor } from '../door.js';
import { BACKLOG } from '../limits.js';
import { UnixConnection } from './unix-connection.js';

export interface UnixCarrier {
  close(): void;
}

/** Listens at `path` (with exactly `mode`) and brings whoever connects to the reception. The path is free: its lock is held. */
export function startUnixCarrier(
  path: string,
  mode: number,
  reception: Reception,
  desk = new IdentityDesk(),
): UnixCarrier | WeirError {
  const fd = listen(path, mode, BACKLOG);
  if (fd instanceof SysError) return new WeirError('RUNTIME_DIR_UNSAFE', `cannot listen at ${path}: ${fd.errno}`);
  const door = openDoor(fd, (client) => greet(client, reception, desk));
  return {
    close: () => {
      door.close();
      // Somebody may have cleaned up before us.
      rmSync(path, { force: true });
    },
  };
}

function greet(fd: number, reception: Reception, desk: IdentityDesk): void {
  const peer = unixPeer(fd, desk);
  if (peer instanceof WeirError) {
    close(fd);
    return;
  }
  const connection = new UnixConnection(fd);
  const inlet = reception.accept(peer, connection);
  if (inlet instanceof WeirError) {
    const { code, what, wayOut } = inlet;
    connection.send(weir.v1.ServerMessage.encode({ failure: { code, what, wayOut } }).finish());
    connection.close();
  } else {
    connection.begin(inlet);
  }
}
