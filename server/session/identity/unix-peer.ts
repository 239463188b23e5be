import { peerOf, SysError } from '../../../native-shim/sys.js';
import { WeirError } from '../../observe/errors.js';
import type { Peer } from '../port.js';
import type { IdentityDesk } from './identity-desk.js';

/**
 * Who is at the other end of an accepted Unix socket: SO_PEERCRED (unix(7)), taken by the kernel when it connected.
 * The program is for people only, nothing is decided by it: it is filled in when the desk has found it, or never.
 */
export function unixPeer(fd: number, desk: IdentityDesk): Peer | WeirError {
  const credentials = peerOf(fd);
  if (credentials instanceof SysError) return new WeirError('PEER_UNKNOWN', credentials.message);
  const { pid, uid } = credentials;
  const peer: Peer & { program?: string } = { carrier: 'unix', pid, uid, program: undefined, sharedMemory: true };
  void desk.ask({ kind: 'program', pid, uid }).then(({ program }) => {
    peer.program = program;
  });
  return peer;
}
