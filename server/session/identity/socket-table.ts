import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';

/** One socket of /proc/net/tcp or tcp6 (proc_pid_net(5)) that somebody still holds. */
export interface SocketRow {
  /** `local remote`, in the spelling of `socketKey`. */
  readonly key: string;
  readonly uid: number;
  /** Never 0: a socket in TIME_WAIT, or one that nobody accepted yet, has inode 0 and says uid 0, which is not root's word. */
  readonly inode: number;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const V4_MAPPED = '00000000000000000000ffff';
const V6_LOOPBACK = '00000000000000000000000000000001';

/** A loopback address (127.0.0.0/8, ::1, or ::ffff:127.…) as 32 hex digits; anything else is undefined. */
export function loopbackHex(address: string): string | undefined {
  if (address === '::1') return V6_LOOPBACK;
  const v4 = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  if (!isIPv4(v4) || !v4.startsWith('127.')) return undefined;
  return (
    V4_MAPPED +
    v4
      .split('.')
      .map((octet) => Number(octet).toString(16).padStart(2, '0'))
      .join('')
  );
}

/** How two loopback endpoints are looked up, v4-mapped and plain v4 alike; undefined where one is not loopback. */
export function socketKey(local: Endpoint, remote: Endpoint): string | undefined {
  const from = loopbackHex(local.address);
  const to = loopbackHex(remote.address);
  return from && to && `${from}:${local.port} ${to}:${remote.port}`;
}

const ADDRESS = '([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})';
const ROW = new RegExp(
  `^ *\\d+: ${ADDRESS} ${ADDRESS} [0-9A-F]{2} [0-9A-F]{8,}:[0-9A-F]{8,} [0-9A-F]{2}:[0-9A-F]{8,} [0-9A-F]{8,} +(\\d{1,10}) +\\d+ +(\\d{1,15})(?: |$)`,
);

/** The rows of a table whose key is wanted. A line that is not in the kernel's form is no row. */
export function findSockets(table: string, wanted: ReadonlySet<string>): SocketRow[] {
  const rows: SocketRow[] = [];
  for (const line of table.split('\n')) {
    const [, localHex, localPort, remoteHex, remotePort, uid, inode] = ROW.exec(line) ?? [];
    if (!localHex || !localPort || !remoteHex || !remotePort || Number(inode) === 0) continue;
    const key = `${spell(localHex)}:${parseInt(localPort, 16)} ${spell(remoteHex)}:${parseInt(remotePort, 16)}`;
    if (wanted.has(key)) rows.push({ key, uid: Number(uid), inode: Number(inode) });
  }
  return rows;
}

const littleEndian = endianness() === 'LE';

/** The kernel prints an address as words of the machine's byte order; this is it in the network's, as 16 bytes. */
function spell(hex: string): string {
  const words = hex.toLowerCase().match(/.{8}/g) ?? [];
  const bytes = words.map((word) => (littleEndian ? (word.match(/../g) ?? []).reverse().join('') : word)).join('');
  return bytes.length === 8 ? V4_MAPPED + bytes : bytes;
}
