import { peerOf, SysError } from '../../../native-shim/sys.js';
import { WeirError } from '../../observe/errors.js';
import type { Peer } from '../port.js';
import { ProcessHandle, programOf } from './process-handle.js';

/** Who is at the other end of an accepted Unix socket: SO_PEERCRED (unix(7)), taken by the kernel when it connected. */
export function unixPeer(fd: number): Peer | WeirError {
  const credentials = peerOf(fd);
  if (credentials instanceof SysError) return new WeirError('PEER_UNKNOWN', credentials.message);
  const { pid, uid } = credentials;
  return { carrier: 'unix', pid, uid, program: programOfPeer(pid, uid), sharedMemory: true };
}

/** For people only, nothing is decided by it: the number may be another process's by now (or 0, seen from outside its namespace). */
function programOfPeer(pid: number, uid: number): string | undefined {
  try {
    using process = new ProcessHandle(pid);
    return process.uid() === uid ? programOf(process) : undefined;
  } catch {
    return undefined;
  }
}
