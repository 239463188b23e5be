import { readFile } from 'node:fs/promises';

const TABLES = ['/proc/net/udp', '/proc/net/udp6'];
/** "  12: 0100007F:A7E9 …": number, local address and port (proc_pid_net(5)). */
const ROW = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /;

/** Every port of this machine that some UDP socket is bound to; undefined where the kernel does not tell. */
export async function boundUdpPorts(): Promise<ReadonlySet<number> | undefined> {
  try {
    const tables = await Promise.all(TABLES.map((path) => readFile(path, 'latin1')));
    const ports = tables.flatMap((table) => table.split('\n').map((row) => parseInt(ROW.exec(row)?.[1] ?? '', 16)));
    return new Set(ports);
  } catch {
    return undefined;
  }
}
