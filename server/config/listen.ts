import { isIPv4, isIPv6 } from 'node:net';
import { WeirError } from '../observe/errors.js';

/** Where HTTP listens: a numeric loopback address. Port 0 lets the kernel choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

// [::1]:4790 · 127.0.0.1:4790 · localhost:4790
const HOST_PORT = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]]+)):(?<port>\d{1,5})$/;

/** Only 127.0.0.0/8 and ::1 (RFC 6890); "localhost" means 127.0.0.1, whatever a resolver says. */
export function parseListen(text: string): ListenAddress | WeirError {
  const parts = HOST_PORT.exec(text)?.groups;
  const port = Number(parts?.['port'] ?? Number.NaN);
  const given = parts?.['v6'] ?? parts?.['name'];
  if (given === undefined || !(port <= PORT_MAX)) {
    return new WeirError('CONFIG_INVALID', `"${text}" is no HOST:PORT, such as 127.0.0.1:4790 or [::1]:4790`);
  }
  const host = given === 'localhost' ? '127.0.0.1' : given;
  if (isIPv4(host) && host.startsWith('127.')) return { host, port };
  if (isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::1]') return { host: '::1', port };
  return new WeirError('LISTEN_REFUSED', `"${text}" can be reached from other machines, or may be`);
}

/** The address as a browser takes it. */
export function listenUrl({ host, port }: ListenAddress): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
