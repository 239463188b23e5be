import { close, peerOf, peerPidfd, SysError } from '../../../native-shim/sys.js';
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

/** As `unixPeer`, for a program that knows nothing of Weir: also what holds its process in. What could not be found out counts as a sandbox. */
export async function confinedPeer(fd: number, desk: IdentityDesk): Promise<Peer | WeirError> {
  const credentials = peerOf(fd);
  if (credentials instanceof SysError) return new WeirError('PEER_UNKNOWN', credentials.message);
  const { pid, uid } = credentials;
  const held = peerPidfd(fd);
  const pidfd = held instanceof SysError ? -1 : held;
  const { program, sandbox, failed } = await desk.ask({ kind: 'process', pid, uid, pidfd });
  if (pidfd >= 0) close(pidfd);
  return {
    carrier: 'pulse',
    pid,
    uid,
    program,
    sandbox: failed === undefined ? sandbox : 'unreadable',
    sharedMemory: true,
  };
}
