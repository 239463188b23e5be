import type { PairingInfo } from '../../../native-shim/client/index.js';
import { invitationText } from '../../session/pairing/invitation-text.js';
import { type ServerOptions, withServer } from '../server-session.js';
import { table } from '../table.js';

export interface PairFlags extends ServerOptions {
  readonly role?: string;
}

export interface GrantsFlags extends ServerOptions {
  readonly json?: boolean;
}

/** Prints a link that lets one browser in; on a terminal also as a QR code. */
export async function pair(flags: PairFlags): Promise<void> {
  const link = await withServer('weir pair', flags, (weir) => weir.pair(flags.role));
  process.stdout.write(invitationText(link, process.stdout.isTTY));
}

/** Prints the browsers that were let in. */
export async function grants(flags: GrantsFlags): Promise<void> {
  const pairings = await withServer('weir grants', flags, (weir) => weir.pairings());
  process.stdout.write(flags.json === true ? `${JSON.stringify(pairings, undefined, 2)}\n` : grantsText(pairings));
}

export function revoke(id: string, options: ServerOptions): Promise<void> {
  return withServer('weir grants revoke', options, (weir) => weir.revokePairing(id));
}

function grantsText(pairings: readonly PairingInfo[]): string {
  if (pairings.length === 0) return 'No browser is paired; "weir pair" gives a link.\n';
  const head = ['ID', 'NAME', 'ROLE', 'PAIRED', 'LAST SEEN', 'FROM'];
  const rows = pairings.map((p) => [p.id, p.name, p.role, timeText(p.pairedS), timeText(p.lastSeenS), p.lastAddress]);
  return `${table(head, rows).join('\n')}\n`;
}

/** "2026-11-21 07:02", of this machine's zone. */
function timeText(seconds: number): string {
  const time = new Date(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
