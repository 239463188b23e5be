import { isIP, isIPv6 } from 'node:net';
import { WeirError } from '../observe/errors.js';
import { addressKind, LOOPBACK } from './address.js';

/** Where HTTP listens: a numeric address of this machine, or all of them. Port 0 lets the kernel choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

// [::1]:4790 · 127.0.0.1:4790 · localhost:4790
const HOST_PORT = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]]+)):(?<port>\d{1,5})$/;

/**
 * Any unicast address, 0.0.0.0 or [::]; whether others may come over TLS is not asked here. A name is refused: whoever
 * answers for it would say where we listen; only "localhost" means 127.0.0.1, whatever a resolver says.
 */
export function parseListen(text: string): ListenAddress | WeirError {
  const parts = HOST_PORT.exec(text)?.groups;
  const port = Number(parts?.['port'] ?? Number.NaN);
  const given = parts?.['v6'] ?? parts?.['name'];
  if (given === undefined || !(port <= PORT_MAX)) {
    return new WeirError('CONFIG_INVALID', `"${text}" is no HOST:PORT, such as 127.0.0.1:4790 or [::1]:4790`);
  }
  const host = numeric(given);
  const refused = refusal(host);
  return refused === undefined ? { host, port } : new WeirError('LISTEN_REFUSED', `"${text}" ${refused}`);
}

function numeric(given: string): string {
  if (given === 'localhost') return LOOPBACK;
  // The URL parser writes IPv6 in its one canonical form (RFC 5952).
  return isIPv6(given) ? new URL(`http://[${given}]`).hostname.slice(1, -1) : given;
}

function refusal(host: string): string | undefined {
  if (isIP(host) === 0) return 'is no numeric address';
  if (host.startsWith('::ffff:')) return 'is an IPv4 address in disguise: write it as one';
  const kind = addressKind(host);
  if (kind === 'scoped') return 'is good on one link only';
  return kind === 'senseless' ? 'is no address that a machine can have' : undefined;
}
