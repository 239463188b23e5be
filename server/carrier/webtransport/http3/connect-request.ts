import type { Field } from '../qpack/field-section.js';

/** What a WebTransport CONNECT asks for. */
export interface ConnectRequest {
  readonly path: string;
  readonly authority: string;
  /** Empty where the peer says none: a browser always does. */
  readonly origin: string;
}

const ONCE = new Set([':method', ':protocol', ':scheme', ':path', ':authority', 'origin']);

/** Undefined for anything but an extended CONNECT for WebTransport with each of its fields at most once (RFC 9220, RFC 9114 4.3). */
export function parseConnect(fields: readonly Field[]): ConnectRequest | undefined {
  const known = new Map<string, string>();
  for (const [name, value] of fields) {
    if (!ONCE.has(name)) continue;
    if (known.has(name)) return undefined;
    known.set(name, value);
  }
  const [path, authority] = [known.get(':path'), known.get(':authority')];
  const isWebTransport = known.get(':method') === 'CONNECT' && known.get(':protocol') === 'webtransport';
  if (!isWebTransport || known.get(':scheme') !== 'https' || path === undefined || authority === undefined)
    return undefined;
  return { path, authority, origin: known.get('origin') ?? '' };
}
