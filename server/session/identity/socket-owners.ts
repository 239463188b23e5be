import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { type IdentityLimits, TABLE_CHUNK_BYTES } from './limits.js';
import { findHolders, type Holder } from './socket-holders.js';
import { findSockets, type SocketRow } from './socket-table.js';

export interface SocketOwner {
  readonly uid: number;
  /** Looked for where the socket is our own user's; undefined when there was too much to look at. */
  readonly holders?: readonly Holder[];
}

/** Where the kernel's tables are, and how much of them is looked at. */
interface Look {
  readonly procRoot: string;
  readonly limits: IdentityLimits;
}

/**
 * Who owns each of these sockets: the kernel's tables give a socket's user and inode, the inode leads to the processes
 * that have it open. A socket that is not in the tables, or twice, has no owner. Throws when a table is too long.
 */
export function findOwners(keys: ReadonlySet<string>, { procRoot, limits }: Look): Map<string, SocketOwner> {
  const rows = findRows(keys, procRoot, limits.socketTableBytes);
  const serverUid = process.geteuid?.() ?? -1;
  const own = rows.filter(({ uid }) => uid === serverUid).map(({ inode }) => inode);
  const holders = own.length > 0 ? findHolders(new Set(own), serverUid, procRoot, limits) : [];
  const owners = new Map<string, SocketOwner>();
  for (const key of keys) {
    const [row, ...more] = rows.filter((candidate) => candidate.key === key);
    if (!row || more.length > 0) continue;
    owners.set(key, { uid: row.uid, holders: holders?.filter(({ inode }) => inode === row.inode) });
  }
  return owners;
}

/** A table that changes while it is read may lack a row: a socket that is missing is looked for once more. */
function findRows(wanted: ReadonlySet<string>, procRoot: string, limitBytes: number): SocketRow[] {
  const look = (): SocketRow[] =>
    ['tcp', 'tcp6'].flatMap((name) => searchTable(`${procRoot}/net/${name}`, wanted, limitBytes));
  const rows = look();
  return rows.length < wanted.size ? look() : rows;
}

/** None where the kernel has no such table (no IPv6). */
function searchTable(path: string, wanted: ReadonlySet<string>, limitBytes: number): SocketRow[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, 'r');
  try {
    const rows: SocketRow[] = [];
    const chunk = Buffer.alloc(TABLE_CHUNK_BYTES);
    let text = '';
    let sizeBytes = 0;
    for (;;) {
      const gotBytes = readSync(file, chunk);
      if (gotBytes === 0) return rows;
      sizeBytes += gotBytes;
      if (sizeBytes > limitBytes) throw new Error(`${path} is too long`);
      text += chunk.toString('latin1', 0, gotBytes);
      const wholeLines = text.lastIndexOf('\n') + 1;
      rows.push(...findSockets(text.slice(0, wholeLines), wanted));
      text = text.slice(wholeLines);
    }
  } finally {
    closeSync(file);
  }
}
