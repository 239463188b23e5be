import { WeirError } from '../../observe/errors.js';
import { refuseLocalPeer } from '../../policy/local-peer.js';
import type { IdentityDesk } from './identity-desk.js';
import type { SocketOwner } from './socket-owners.js';
import { type Endpoint, socketKey } from './socket-table.js';

/** The process at the other end of a loopback TCP connection. */
export interface LocalProcess {
  readonly pid: number;
  readonly uid: number;
  readonly program?: string;
}

/** An accepted connection: net.Socket's addresses. */
export interface Connection {
  readonly ours: Endpoint;
  readonly theirs: Endpoint;
}

const unknown = (what: string): WeirError => new WeirError('PEER_UNKNOWN', what);

/**
 * Who connected over loopback. Another user, a sandboxed holder of the peer's socket, nobody found, or nothing found in
 * time: PEER_UNKNOWN. Never rejects.
 */
export async function tcpPeer({ ours, theirs }: Connection, desk: IdentityDesk): Promise<LocalProcess | WeirError> {
  const key = socketKey(theirs, ours);
  if (!key) return unknown(`${theirs.address} is not this machine's loopback`);
  const { owner, failed } = await desk.ask({ kind: 'socket', key });
  if (owner) return judge(owner, process.geteuid?.() ?? -1);
  return unknown(failed ?? 'the connection has no owner that the kernel names');
}

/** All of a socket's holders must pass: a sandbox may have lent its socket to a process outside. */
function judge({ uid, holders }: SocketOwner, serverUid: number): LocalProcess | WeirError {
  const foreign = refuseLocalPeer({ uid }, serverUid);
  if (foreign) return foreign;
  if (!holders) return unknown('too many processes or descriptors to find the one that connected');
  const [first] = holders;
  if (!first) return unknown('no process that may be looked at has the connection open');
  const sandbox = holders.find((holder) => holder.sandbox !== undefined)?.sandbox;
  return refuseLocalPeer({ uid, sandbox }, serverUid) ?? { pid: first.pid, uid, program: first.program };
}
