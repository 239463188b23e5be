import { rmSync } from 'node:fs';
import { close, listen, listenTcp, peerAddress, SysError } from '../../../native-shim/sys.js';
import { addressKind, plainAddress } from '../../config/address.js';
import type { ListenAddress } from '../../config/listen.js';
import { WeirError } from '../../observe/errors.js';
import { IdentityDesk } from '../../session/identity/identity-desk.js';
import { confinedPeer } from '../../session/identity/unix-peer.js';
import type { Peer } from '../../session/port.js';
import type { Reception } from '../../session/reception.js';
import { Budgets } from './budgets.js';
import { Crowd, type Place } from './crowd.js';
import { type Door, openDoor } from '../door.js';
import { BACKLOG } from '../limits.js';
import type { NetworkCookie } from './network/cookie.js';
import { GONE_MS } from './network/limits.js';
import { NetworkCrowd } from './network/network-crowd.js';
import { PulseClient } from './pulse-client.js';
import { PulseConnection } from './pulse-connection.js';
import { PulseHouse } from './pulse-house.js';

/** Where programs that speak PulseAudio's protocol come in. */
export interface PulseDoors {
  /** A Unix socket here, with exactly this mode. The path is free: its lock is held. */
  readonly path: string;
  readonly mode: number;
  /** Also by TCP, with this cookie. */
  readonly network?: { readonly listen: ListenAddress; readonly cookie: NetworkCookie };
}

export function startPulseCarrier(
  { path, mode, network }: PulseDoors,
  reception: Reception,
  desk = new IdentityDesk(),
): Door | WeirError {
  const unix = listen(path, mode, BACKLOG);
  if (unix instanceof SysError) return new WeirError('RUNTIME_DIR_UNSAFE', `cannot listen at ${path}: ${unix.errno}`);
  const tcp = network && listenAt(network.listen);
  if (tcp instanceof WeirError) {
    close(unix);
    return tcp;
  }
  const pulse = new PulseHouse(reception);
  const budgets = new Budgets();
  const begin = (client: number, place: Place, peer: Peer, cookie?: NetworkCookie) => {
    const connection = new PulseConnection(client, place, budgets.make(peer), pulse);
    const guest = reception.admit(peer, (number, house) => {
      return new PulseClient(number, peer, connection, pulse, house, cookie);
    });
    if (guest instanceof WeirError) connection.close();
    else connection.begin(guest);
  };

  const crowd = new Crowd();
  /** Nothing is read of somebody of whom it is not known who it is. */
  const greetLocal = async (client: number) => {
    const place = crowd.admit(client);
    const peer = place && (await confinedPeer(client, desk));
    if (place && peer && !(peer instanceof WeirError)) return begin(client, place, peer);
    place?.leave();
    close(client);
  };
  const networkCrowd = new NetworkCrowd();
  const greetRemote = (client: number, cookie: NetworkCookie) => {
    const remote = addressOf(client);
    const place = remote === undefined ? undefined : networkCrowd.admit(remote);
    if (place) begin(client, place, { carrier: 'pulse', remote, sharedMemory: false }, cookie);
    else close(client);
  };

  const doors = [openDoor(unix, (client) => void greetLocal(client))];
  if (network && tcp !== undefined) doors.push(openDoor(tcp, (client) => greetRemote(client, network.cookie)));
  return {
    close: () => {
      for (const door of doors) door.close();
      pulse.close();
      // Somebody may have cleaned up before us.
      rmSync(path, { force: true });
    },
  };
}

function listenAt({ host, port }: ListenAddress): number | WeirError {
  const fd = listenTcp(host, port, BACKLOG, GONE_MS);
  if (!(fd instanceof SysError)) return fd;
  const what = `[pulse] tcp: cannot listen at ${host}, port ${port}: ${fd.errno}`;
  return new WeirError(fd.errno === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'LISTEN_REFUSED', what);
}

/** Nobody from the Internet: a cookie that came such a way was read on it. */
function addressOf(client: number): string | undefined {
  const address = peerAddress(client);
  if (address instanceof SysError) return undefined;
  const plain = plainAddress(address);
  return addressKind(plain) === 'public' ? undefined : plain;
}
