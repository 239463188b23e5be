import { hostname, networkInterfaces } from 'node:os';
import { parse } from 'tldts';
import { addressKind } from '../../config/address.js';
import { TLS_LIMITS } from './limits.js';

/** Under what this machine can be found in its own networks. */
export interface OwnNames {
  /** Lower case; the one for people first: HOST.local, then the host name, then localhost. */
  readonly dns: readonly string[];
  /** Private ones first, then loopback; none that needs a zone. */
  readonly addresses: readonly string[];
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

/** As they are now. */
export function findOwnNames(): OwnNames {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return ownNames(
    hostname(),
    addresses.map(({ address }) => address),
  );
}

export function ownNames(host: string, addresses: readonly string[]): OwnNames {
  const name = host.toLowerCase();
  const found = addresses.filter((address) => addressKind(address) === 'private');
  return {
    dns: [...new Set([...hostNames(name), 'localhost'])],
    addresses: [...new Set([...found.slice(0, TLS_LIMITS.addresses), '127.0.0.1', '::1'])],
  };
}

function hostNames(name: string): string[] {
  if (!DNS_NAME.test(name) || name === 'localhost') return [];
  const local = `${name.split('.', 1)[0]}.local`;
  return isPublicSuffix(name) ? [local] : [local, name];
}

/**
 * A machine may be called "audio" or "box". These are top-level domains: a CA for that name would be one for every site
 * below it (RFC 5280 4.2.1.10: a name permits all names under it).
 */
function isPublicSuffix(name: string): boolean {
  const { publicSuffix, isIcann } = parse(name);
  return isIcann === true && publicSuffix === name;
}
