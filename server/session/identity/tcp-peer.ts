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

const OWN_UID = process.geteuid?.() ?? -1;

const unknown = (what: string): WeirError => new WeirError('PEER_UNKNOWN', what);

/** Whose a loopback connection's other end is. Nobody found, or nothing found in time: PEER_UNKNOWN. Never rejects. */
export async function tcpOwner({ ours, theirs }: Connection, desk: IdentityDesk): Promise<SocketOwner | WeirError> {
  const key = socketKey(theirs, ours);
  if (!key) return unknown(`${theirs.address} is not this machine's loopback`);
  const { owner, failed } = await desk.ask({ kind: 'socket', key });
  return owner ?? unknown(failed ?? 'the connection has no owner that the kernel names');
}

/** Whether looking again could find more: our own user's socket, and none of its processes was found. */
export function isDoubtful({ uid, holders }: SocketOwner): boolean {
  return uid === OWN_UID && !holders?.length;
}

/**
 * The owner's process, where it may speak without a key; another user or a sandboxed holder of the socket: PEER_UNKNOWN.
 * All of a socket's holders must pass: a sandbox may have lent its socket to a process outside.
 */
export function judgeOwner({ uid, holders }: SocketOwner): LocalProcess | WeirError {
  const foreign = refuseLocalPeer({ uid }, OWN_UID);
  if (foreign) return foreign;
  if (!holders) return unknown('too many processes or descriptors to find the one that connected');
  const [first] = holders;
  if (!first) return unknown('no process that may be looked at has the connection open');
  const sandbox = holders.find((holder) => holder.sandbox !== undefined)?.sandbox;
  return refuseLocalPeer({ uid, sandbox }, OWN_UID) ?? { pid: first.pid, uid, program: first.program };
}
