import { WeirError } from '../observe/errors.js';

/** What the kernel says of a loopback TCP peer, as far as it was asked. */
export interface LocalPeer {
  readonly uid: number;
  /** What holds its process in; absent: nothing does. */
  readonly sandbox?: string;
}

/** Who may speak over loopback TCP, where no file's mode keeps others out: the server's own user, outside any sandbox. */
export function refuseLocalPeer(peer: LocalPeer, serverUid: number): WeirError | undefined {
  if (peer.uid !== serverUid) {
    return new WeirError('PEER_UNKNOWN', `the connection comes from user ${peer.uid}, the server runs as ${serverUid}`);
  }
  if (peer.sandbox !== undefined) {
    return new WeirError('PEER_UNKNOWN', `the connection comes from a sandbox (${peer.sandbox})`);
  }
  return undefined;
}
